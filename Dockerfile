# One image, many commands: the compose file and the chart say which process a container is.
FROM python:3.13.9-slim-trixie AS build
WORKDIR /app
ENV UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
COPY deploy/local/uv.txt /tmp/uv.txt
RUN python -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir --require-hashes -r /tmp/uv.txt
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/uv \
    /opt/uv/bin/uv sync --frozen --no-default-groups --python "$(command -v python)"
COPY contracts contracts
COPY kit kit
COPY services services
COPY workflows workflows
RUN .venv/bin/python -m compileall -q contracts kit services workflows

FROM python:3.13.9-slim-trixie
RUN groupadd --gid 10001 vinculo && useradd --uid 10001 --gid 10001 --no-create-home vinculo
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TZ=UTC
USER 10001:10001
STOPSIGNAL SIGTERM
EXPOSE 8000
CMD ["python", "-c", "raise SystemExit('say which process: see docker-compose.yml')"]
