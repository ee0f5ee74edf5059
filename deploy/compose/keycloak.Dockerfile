# Built ahead, so that it starts on a read-only file system.
FROM quay.io/keycloak/keycloak:26.4.2 AS build
ENV KC_DB=postgres KC_HEALTH_ENABLED=true KC_METRICS_ENABLED=true
RUN /opt/keycloak/bin/kc.sh build

FROM quay.io/keycloak/keycloak:26.4.2
COPY --from=build /opt/keycloak /opt/keycloak
USER 1000
