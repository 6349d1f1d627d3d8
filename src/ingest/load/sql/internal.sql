-- What only loads need, in the schema `internal`; the histories stand beside it (history.py).
CREATE SCHEMA IF NOT EXISTS internal;
CREATE TABLE IF NOT EXISTS internal.meta (key VARCHAR PRIMARY KEY, value VARCHAR);
CREATE TABLE IF NOT EXISTS internal.checks
    (capture_id VARCHAR, model_id VARCHAR, locator VARCHAR, name VARCHAR, passed BOOLEAN, expected VARCHAR,
    actual VARCHAR);
CREATE TABLE IF NOT EXISTS internal.contract (table_name VARCHAR, column_name VARCHAR);
CREATE TABLE IF NOT EXISTS internal.capture_scopes
    (source VARCHAR, scope VARCHAR, capture_id VARCHAR, captured_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS internal.source_trust (source VARCHAR, field VARCHAR, trust INTEGER);
CREATE TABLE IF NOT EXISTS internal.overrides
    (model_id VARCHAR, field VARCHAR, source VARCHAR, reason VARCHAR);
CREATE TABLE IF NOT EXISTS internal.model_names
    (source VARCHAR, scope VARCHAR, name VARCHAR, organization VARCHAR, source_key VARCHAR, release_date DATE,
    own_id VARCHAR, model_id VARCHAR, version VARCHAR, shown_name VARCHAR, document VARCHAR);
CREATE TABLE IF NOT EXISTS internal.sources
    (source VARCHAR, title VARCHAR, home VARCHAR, licence VARCHAR, attribution VARCHAR, trust VARCHAR,
    freshness_days INTEGER);
CREATE TABLE IF NOT EXISTS internal.organizations (organization_id VARCHAR, name VARCHAR, aliases VARCHAR[]);
CREATE TABLE IF NOT EXISTS internal.providers (provider VARCHAR, name VARCHAR, kind VARCHAR, organization_id VARCHAR);
CREATE TABLE IF NOT EXISTS internal.logs (name VARCHAR PRIMARY KEY, bytes BIGINT);
