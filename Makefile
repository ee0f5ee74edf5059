# Every target sets up what it needs first; that is quick and offline when nothing changed.
.POSIX:
PYTHON = .venv/bin/python
LOCAL = $(PYTHON) -m deploy.local
SETUP = ./deploy/local/setup.sh

.PHONY: help setup checkers up down status logs restart reset doctor rotate-key rebuild-bus demo guest verify test check \
	capabilities fuzz e2e bench chaos pictures

help:
	@echo "make demo     sobe tudo e conta a história inteira (SEED=n repete uma)"
	@echo "make guest    uma pessoa entra no plano e o telefone dela aparece aqui, para andar à mão"
	@echo "make verify   confere de novo a última história"
	@echo "make up       sobe a pilha; down para, reset apaga os dados"
	@echo "make status   processos; logs P=nome, restart P=nome, doctor, rebuild-bus, rotate-key"
	@echo "make test     todos os testes; make check os muros do código"
	@echo "make e2e      as jornadas no Chromium, numa pilha só delas (rastros das que falham em .run/test/traces)"
	@echo "make pictures as figuras de docs/screens, tiradas da pilha no ar"
	@echo "make bench    mede uma meta: GOAL=P12, P2-inbox, clock ou decisions (COUNT=n, menor)"
	@echo "make chaos    o que a pilha aguenta: KILLS=30 SEED=1 mata processos no meio do trabalho"
	@echo "              WHAT=deliveries entrega tudo em dobro, fora de ordem e com veneno"
	@echo "make fuzz     2.000 pedidos gerados por serviço contra a pilha (SEED=n, FUZZ_CASES=n)"

setup:
	@$(SETUP)

checkers: setup
	@$(LOCAL).gotools

up: setup
	@$(LOCAL) up

down: setup
	@$(LOCAL) down

status: setup
	@$(LOCAL) status
	@$(LOCAL).told

logs: setup
	@$(LOCAL) logs

restart: setup
	@$(LOCAL) restart

reset: setup
	@$(LOCAL) reset

doctor: setup
	@$(LOCAL).doctor

rotate-key: setup
	@$(LOCAL).rotate

rebuild-bus: setup
	@$(LOCAL).rebuild

demo: up
	@$(PYTHON) -m deploy.story
	@$(LOCAL).told

guest: up
	@$(PYTHON) -m deploy.story guest

verify: setup
	@$(PYTHON) -m deploy.story verify

test: setup
	@$(LOCAL).tests $(TESTS)

check: setup checkers
	@$(LOCAL).check

e2e: setup
	@$(LOCAL).tests tests/e2e

bench: setup
	@$(PYTHON) -m tests.bench $(GOAL) $(COUNT)

chaos: up
	@$(PYTHON) -m tests.chaos $(WHAT)

pictures: up
	@$(PYTHON) -m tests.support.pictures

fuzz: up
	@FUZZ_CASES=$${FUZZ_CASES:-2000} $(PYTHON) -m pytest -q tests/api/test_openapi.py

capabilities: setup
	@$(PYTHON) -m tests.support.controls
	@$(PYTHON) -m tests.support.capabilities
