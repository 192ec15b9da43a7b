# The image: clamd, freshclam and the filter as one supervised stack. See docs/container.md.
#
#     docker build --tag clamgate .
#
# It needs no BuildKit. Libraries and ClamAV are Debian's packages, so that Debian's security updates
# are all it takes to keep it safe; nothing is compiled, and there is no pip in it.
ARG BASE=debian:trixie-slim

FROM ${BASE} AS system

# What the project's dependencies are called in Debian; a test compares them with pyproject.toml.
# systemd-standalone-sysusers stands in for all of systemd, on which clamav-base would fall back.
RUN set -eu; \
    for folder in doc doc-base info lintian locale man; do \
        echo "path-exclude=/usr/share/$folder/*"; \
    done > /etc/dpkg/dpkg.cfg.d/clamgate; \
    export DEBIAN_FRONTEND=noninteractive; \
    apt-get update; \
    apt-get install --yes --no-install-recommends \
        ca-certificates \
        clamav \
        clamav-daemon \
        clamav-freshclam \
        clamdscan \
        python3-aiosmtpd \
        python3-click \
        python3-milter \
        python3-prometheus-client \
        python3-psycopg \
        python3-rich \
        python3-sqlalchemy \
        systemd-standalone-sysusers; \
    apt-get clean; \
    rm -rf /etc/clamav/*.conf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* \
        /var/log/*.log /var/log/apt /tmp/* /run/*; \
    # Any uid can make its sockets, files and databases here, also with --user and on a fresh volume.
    mkdir -p /run/lock /run/clamav; \
    chown clamav:clamav /run/clamav /var/lib/clamav /var/log/clamav; \
    chmod 1777 /run /run/lock /run/clamav /var/lib/clamav /var/log/clamav

FROM system AS code

COPY pyproject.toml LICENSE tools/install-code /build/
COPY milter/clamgate /build/clamgate
RUN python3 /build/install-code /build /out

FROM system

LABEL org.opencontainers.image.title="clamgate" \
      org.opencontainers.image.description="A mail filter (milter) with clamd and freshclam" \
      org.opencontainers.image.licenses="GPL-2.0-or-later"

COPY conf/image/ /usr/share/clamgate/
COPY conf/image/ /etc/clamav/
COPY --from=code /out /

# clamd, the filter, and its metrics.
EXPOSE 3310 7357 9357

# A database is fetched at the first start, and loaded at each.
HEALTHCHECK --interval=30s --timeout=20s --start-period=10m CMD ["clamgate", "health"]

ENTRYPOINT ["clamgate", "container"]
