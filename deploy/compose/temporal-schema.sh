#!/bin/sh
# Makes Temporal's two databases and brings their tables to the server's version; safe to run again.
set -eu

schema() {
    tool="temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal --db $1"
    # Once there, the database stays: what then fails is told by the next line.
    $tool create || true
    $tool setup-schema -v 0.0
    $tool update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

schema temporal temporal
schema temporal_visibility visibility
