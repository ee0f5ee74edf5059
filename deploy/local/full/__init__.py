"""What only the full stack has: the Temporal server on Postgres and Keycloak."""
