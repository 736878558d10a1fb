# workerd serve workerd.capnp, with dist/worker.js made by: node build.mjs
# Settings come from the environment. It listens on loopback: the proxy in front sets the header with the address.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "authority", worker = .authority),
    (name = "objects", disk = (path = "/var/lib/hawser-authority", writable = true)),
    (name = "internet", network = (allow = ["public"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [ (name = "http", address = "127.0.0.1:8787", http = (), service = "authority") ],
);

const authority :Workerd.Worker = (
  modules = [ (name = "worker.js", esModule = embed "dist/worker.js") ],
  compatibilityDate = "2026-10-01",
  durableObjectNamespaces = [ (className = "AuthorityStore", uniqueKey = "hawser-authority-store", enableSql = true) ],
  durableObjectStorage = (localDisk = "objects"),
  bindings = [
    (name = "STORE", durableObjectNamespace = "AuthorityStore"),
    (name = "AUTHORITY_URL", fromEnvironment = "AUTHORITY_URL"),
    (name = "AUTHORITY_KEY", fromEnvironment = "AUTHORITY_KEY"),
    (name = "HOST_AUTHORITY_KEY", fromEnvironment = "HOST_AUTHORITY_KEY"),
    # Or the key itself, which then nothing in the worker can read:
    # (name = "AUTHORITY_KEY", cryptoKey = (pkcs8 = embed "user_ca.pem", algorithm = (name = "Ed25519"), usages = [sign])),
    # (name = "AUTHORITY_KEY_PUBLIC", text = embed "user_ca.pub"),
    (name = "AUTHORITY_KEY_KMS", fromEnvironment = "AUTHORITY_KEY_KMS"),
    (name = "HOST_AUTHORITY_KEY_KMS", fromEnvironment = "HOST_AUTHORITY_KEY_KMS"),
    (name = "AWS_REGION", fromEnvironment = "AWS_REGION"),
    (name = "AWS_ACCESS_KEY_ID", fromEnvironment = "AWS_ACCESS_KEY_ID"),
    (name = "AWS_SECRET_ACCESS_KEY", fromEnvironment = "AWS_SECRET_ACCESS_KEY"),
    (name = "BLOCKED", fromEnvironment = "BLOCKED"),
    (name = "ISSUER", fromEnvironment = "ISSUER"),
    (name = "JWKS_URL", fromEnvironment = "JWKS_URL"),
    (name = "CLIENT_ID", fromEnvironment = "CLIENT_ID"),
    (name = "DOMAIN", fromEnvironment = "DOMAIN"),
    (name = "HOSTS", fromEnvironment = "HOSTS"),
    (name = "ACCOUNT", fromEnvironment = "ACCOUNT"),
    (name = "GATE_ACCOUNT", fromEnvironment = "GATE_ACCOUNT"),
    (name = "GATES", fromEnvironment = "GATES"),
    (name = "CLIENT_ADDRESS_HEADER", fromEnvironment = "CLIENT_ADDRESS_HEADER"),
  ],
);
