"""Valid documents made up from a random source; check digits as the public norms say."""

from collections.abc import Sequence
from random import Random

FIRST = """
    Ana Bruno Carla Diego Elisa Fábio Gabriela Heitor Iara João Karina Luís Marina Nelson Olívia
    Paulo Quitéria Rafael Sônia Tiago Úrsula Vítor Wanda Xavier Yara Zélia
"""
LAST = """
    Almeida Barbosa Cardoso Dias Esteves Ferreira Gomes Horta Imbassaí Jardim Klein Lima Moraes
    Nunes Oliveira Prado Queiroz Ribeiro Souza Teixeira Uchoa Vieira Werner Ximenes Zanetti
"""


def _digit(numbers: Sequence[int], weights: Sequence[int]) -> int:
    rest = sum(n * w for n, w in zip(numbers, weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


def cpf(source: Random) -> str:
    """Eleven digits whose two last ones check."""
    base = [source.randrange(10) for _ in range(9)]
    first = _digit(base, range(10, 1, -1))
    second = _digit([*base, first], range(11, 1, -1))
    return "".join(map(str, [*base, first, second]))


def broken_cpf(source: Random) -> str:
    """A CPF whose last digit is wrong."""
    right = cpf(source)
    return right[:-1] + str((int(right[-1]) + 1) % 10)


def cnpj(source: Random) -> str:
    """Fourteen digits whose two last ones check."""
    base = [*(source.randrange(10) for _ in range(8)), 0, 0, 0, 1]
    weights = [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]
    first = _digit(base, weights)
    second = _digit([*base, first], [6, *weights])
    return "".join(map(str, [*base, first, second]))


def cns(source: Random) -> str:
    """A provisional card number: begins with 7 and weighs a multiple of eleven."""
    while True:
        digits = [7, *(source.randrange(10) for _ in range(14))]
        if sum(d * w for d, w in zip(digits, range(15, 0, -1), strict=True)) % 11 == 0:
            return "".join(map(str, digits))


def name(source: Random) -> str:
    """Three words; few people share all of them."""
    last = LAST.split()
    return f"{source.choice(FIRST.split())} {source.choice(last)} {source.choice(last)}"


def phone(source: Random) -> str:
    """A mobile number of Curitiba, as E.164."""
    return f"+55419{source.randrange(81_000_000, 99_999_999)}"
