#!/bin/sh
# Makes the namespace, or gives the one that is there its retention.
set -eu

operator="temporal operator namespace"
$operator create -n default --retention "$RETENTION" ||
    $operator update -n default --retention "$RETENTION"
$operator describe -n default
