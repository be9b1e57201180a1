FROM node:22.20.0-bookworm-slim AS packages
WORKDIR /packages
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.13.7-slim-bookworm AS build
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /opt/venv \
    && pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
COPY --from=packages /packages/node_modules /packages
# DATABASE_URL makes these the production settings; nothing is connected to, and the key lives in this line only.
RUN python deploy/assets.py --packages /packages \
    && DATABASE_URL=postgresql://build/build SECRET_KEY="$(python -c 'import secrets; print(secrets.token_hex(32))')" \
       ALLOWED_HOSTS=build SITE_URL=http://build REDIS_URL=redis://build VAR_DIR=/tmp/var STATIC_ROOT=/app/staticfiles python manage.py collectstatic --noinput \
    && rm -rf static/* deploy package.json package-lock.json requirements.lock

FROM python:3.13.7-slim-bookworm
# Pango lays out the PDFs of reports.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin portal \
    && install --directory --owner portal --group portal --mode 0700 /var/lib/portal
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
# Few arenas: of threads that share them less memory is left lying about.
ENV PATH=/opt/venv/bin:$PATH \
    MALLOC_ARENA_MAX=2 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/app/staticfiles \
    VAR_DIR=/var/lib/portal
USER 10001
EXPOSE 8000
VOLUME /var/lib/portal
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-m", "portal.healthcheck"]
CMD ["gunicorn", "portal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--access-logfile", "-"]
