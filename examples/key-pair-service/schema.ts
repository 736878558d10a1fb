/**
 * The tables, as steps that are only ever added to. No secret stands in them: private keys are kept nowhere, and secrets of
 * access keys are made of the service's own. Times are milliseconds since 1970; `until` is empty while a thing holds.
 */
export const steps: readonly (readonly string[])[] = [
  [
    `CREATE TABLE access_keys (
       id TEXT PRIMARY KEY,
       account TEXT NOT NULL,
       proof TEXT NOT NULL,
       created INTEGER NOT NULL
     )`,
    `CREATE TABLE nonces (
       access_key TEXT NOT NULL,
       nonce TEXT NOT NULL,
       until INTEGER NOT NULL,
       PRIMARY KEY (access_key, nonce)
     )`,
    'CREATE INDEX nonces_until ON nonces (until)',
    `CREATE TABLE key_pairs (
       id INTEGER PRIMARY KEY,
       account TEXT NOT NULL,
       region TEXT NOT NULL,
       name TEXT NOT NULL,
       md5 TEXT NOT NULL,
       sha256 TEXT NOT NULL,
       line TEXT NOT NULL,
       forms TEXT NOT NULL,
       created INTEGER NOT NULL,
       UNIQUE (account, region, name)
     )`,
    `CREATE TABLE instances (
       id TEXT PRIMARY KEY,
       account TEXT NOT NULL,
       region TEXT NOT NULL,
       key_pair INTEGER REFERENCES key_pairs (id),
       attached INTEGER,
       log_read INTEGER NOT NULL DEFAULT 0
     )`,
    'CREATE TABLE users (account TEXT NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (account, name))',
    'CREATE TABLE teams (account TEXT NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (account, name))',
    `CREATE TABLE members (
       account TEXT NOT NULL,
       team TEXT NOT NULL,
       user TEXT NOT NULL,
       since INTEGER NOT NULL,
       PRIMARY KEY (account, team, user)
     )`,
    `CREATE TABLE grants (
       instance TEXT NOT NULL REFERENCES instances (id),
       team TEXT NOT NULL,
       since INTEGER NOT NULL,
       PRIMARY KEY (instance, team)
     )`,
    // Whose a key is, and was.
    `CREATE TABLE holders (
       id INTEGER PRIMARY KEY,
       account TEXT NOT NULL,
       user TEXT NOT NULL,
       key_pair INTEGER NOT NULL,
       name TEXT NOT NULL,
       sha256 TEXT NOT NULL,
       since INTEGER NOT NULL,
       until INTEGER
     )`,
    // One key for each person, one person for each key.
    'CREATE UNIQUE INDEX one_key ON holders (account, user) WHERE until IS NULL',
    'CREATE UNIQUE INDEX one_person ON holders (account, sha256) WHERE until IS NULL',
    // Which key logs in where, and did.
    `CREATE TABLE placements (
       id INTEGER PRIMARY KEY,
       instance TEXT NOT NULL REFERENCES instances (id),
       name TEXT NOT NULL,
       sha256 TEXT NOT NULL,
       since INTEGER NOT NULL,
       until INTEGER
     )`,
    'CREATE UNIQUE INDEX one_place ON placements (instance, sha256) WHERE until IS NULL',
    `CREATE TABLE logins (
       id INTEGER PRIMARY KEY,
       instance TEXT NOT NULL REFERENCES instances (id),
       at INTEGER NOT NULL,
       account TEXT NOT NULL,
       address TEXT NOT NULL,
       method TEXT NOT NULL,
       sha256 TEXT,
       name TEXT,
       user TEXT
     )`,
  ],
]
