# workerd serve workerd.capnp, with dist/worker.js made by: node build.mjs
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [ (name = "inspect", worker = .inspect) ],
  sockets = [ (name = "http", address = "127.0.0.1:8787", http = (), service = "inspect") ],
);

const inspect :Workerd.Worker = (
  modules = [ (name = "worker.js", esModule = embed "dist/worker.js") ],
  compatibilityDate = "2026-10-01",
);
