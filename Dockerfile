# The image holds the programme, the content and Python; no compiler, no test, no pip, no secret.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN ["python", "-m", "venv", ".venv"]
COPY requirements/run.lock requirements/run.lock
RUN [".venv/bin/pip", "install", "--require-hashes", "-r", "requirements/run.lock"]
COPY pyproject.toml README.md LICENSE LICENSE-CONTENT.md ./
COPY bot bot
# Installed where it lies, as on a developer's machine, so that the content is found in the same place.
RUN .venv/bin/pip install --no-deps --no-build-isolation -e . \
 && .venv/bin/pip uninstall --yes setuptools pip \
 && python -m compileall -q bot

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Lucht" \
      org.opencontainers.image.licenses="EUPL-1.2 AND CC-BY-SA-4.0"
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LUCHT_HOST=0.0.0.0 \
    LUCHT_PORT=8080 \
    LUCHT_DATA=/data \
    LUCHT_KEYS=/keys
WORKDIR /app
RUN install -d -o 10001 -g 10001 -m 0700 /data /keys
COPY --from=build /app /app
COPY conversations conversations
COPY locales locales
COPY directory directory
# Broken content never becomes an image; and what the ear learned lies ready, so that it starts at once.
RUN [".venv/bin/lucht", "check"]
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8080
# Not urlopen: it would obey a proxy setting of the host, even for this very container.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["/app/.venv/bin/python", "-c", \
  "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['LUCHT_PORT']), timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["/app/.venv/bin/lucht"]
CMD ["run"]
