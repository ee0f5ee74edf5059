#!/bin/sh
# Run once by the Postgres image: a database per service, its roles, and Temporal's and Keycloak's own logins.
set -eu

role() {
    psql -v ON_ERROR_STOP=1 -U postgres -c "create role $1 login password '$2' $3
        nosuperuser nocreaterole nobypassrls noreplication" >/dev/null
}

database() {
    owner="$1_$2"
    psql -v ON_ERROR_STOP=1 -U postgres -c "create database $1 owner $owner" >/dev/null
    psql -v ON_ERROR_STOP=1 -U postgres -d "$1" -c "
        revoke all on database $1 from public;
        alter schema public owner to $owner;
        revoke all on schema public from public" >/dev/null
    for name in "$@"; do
        [ "$name" = "$1" ] && continue
        psql -v ON_ERROR_STOP=1 -U postgres -d "$1" -c "
            grant connect on database $1 to $1_$name;
            grant usage on schema public to $1_$name" >/dev/null
    done
}

role temporal "$TEMPORAL_PASSWORD" createdb
role keycloak "$KEYCLOAK_PASSWORD" nocreatedb
psql -v ON_ERROR_STOP=1 -U postgres -c "create database keycloak owner keycloak" >/dev/null
psql -v ON_ERROR_STOP=1 -U postgres -c "revoke all on database keycloak from public" >/dev/null
for service in REGISTRY HEALTH_DECLARATION CONTACT WORKLIST CONSOLE SANDBOX; do
    name=$(echo "$service" | tr '[:upper:]' '[:lower:]')
    for kind in OWNER APP RELAY; do
        eval "password=\$${service}_${kind}_PASSWORD"
        role "${name}_$(echo "$kind" | tr '[:upper:]' '[:lower:]')" "$password" nocreatedb
    done
    database "$name" owner app relay
done
role keyring_owner "$KEYRING_OWNER_PASSWORD" nocreatedb
role keyring_app "$KEYRING_APP_PASSWORD" nocreatedb
role keyring_eraser "$KEYRING_ERASER_PASSWORD" nocreatedb
database keyring owner app eraser
