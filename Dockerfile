# The app for a server: `docker compose up` starts it behind Caddy, which has the certificate. docs/deploy.md says more.
FROM python:3.13-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app
COPY requirements.txt ./
RUN pip install -r requirements.txt

COPY .streamlit .streamlit
COPY LICENSE app.py ./
COPY assets assets
COPY esc_core esc_core
COPY notebooks notebooks
COPY pages pages
COPY ui ui

# YAMNet, 4 MB: from pinned addresses, checked by SHA-256
RUN ESC_HOME=/opt/esc python -m esc_core models download yamnet \
    && python -m compileall -q app.py esc_core pages ui \
    && useradd --system --uid 10001 --home-dir /data lab \
    && install -d -o lab -g lab -m 700 /data

# Everything that is written at run time lies in /data; the rest of the file system may be read-only, but for /tmp.
ENV ESC_HOME=/data \
    YAMNET_DIR=/opt/esc/yamnet \
    ESC_ADDRESS=0.0.0.0 \
    ESC_PORT=8501 \
    ESC_HTTPS=proxy

USER lab
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"ESC_PORT\"]}/_stcore/health', timeout=8)"]
CMD ["python", "-m", "ui.classroom"]
