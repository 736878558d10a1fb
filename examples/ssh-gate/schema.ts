/** The tables, as steps that are only ever added to: each runs once in a database, in this order. */
export const steps: readonly (readonly string[])[] = [
  [
    `CREATE TABLE gates (
       id INTEGER PRIMARY KEY,
       project TEXT NOT NULL,
       name TEXT NOT NULL,
       host TEXT NOT NULL,
       port INTEGER NOT NULL,
       user TEXT NOT NULL,
       host_key TEXT NOT NULL,
       manage_host TEXT NOT NULL,
       manage_port INTEGER NOT NULL,
       target_ports TEXT NOT NULL,
       management_key TEXT NOT NULL,
       management_secret TEXT NOT NULL,
       revision INTEGER NOT NULL DEFAULT 0,
       published INTEGER NOT NULL DEFAULT 0,
       lease TEXT,
       lease_until INTEGER NOT NULL DEFAULT 0,
       closing INTEGER NOT NULL DEFAULT 0,
       UNIQUE (project, name)
     )`,
    `CREATE TABLE keys (
       gate INTEGER NOT NULL REFERENCES gates (id) ON DELETE CASCADE,
       fingerprint TEXT NOT NULL,
       line TEXT NOT NULL,
       principals TEXT,
       owner TEXT NOT NULL,
       PRIMARY KEY (gate, fingerprint)
     )`,
    `CREATE TABLE targets (
       id INTEGER PRIMARY KEY,
       project TEXT NOT NULL,
       name TEXT NOT NULL,
       user TEXT NOT NULL,
       key TEXT NOT NULL,
       machine TEXT NOT NULL,
       host TEXT NOT NULL,
       port INTEGER NOT NULL,
       host_key TEXT NOT NULL,
       UNIQUE (project, name)
     )`,
    `CREATE TABLE bindings (
       gate INTEGER NOT NULL REFERENCES gates (id) ON DELETE CASCADE,
       target INTEGER NOT NULL REFERENCES targets (id) ON DELETE CASCADE,
       PRIMARY KEY (gate, target)
     )`,
  ],
]
