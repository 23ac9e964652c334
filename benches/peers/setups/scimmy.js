// scimmy-routers over two maps in memory, for one token: node scimmy.js PORT
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const declare = (Type) => {
    const kept = new Map();
    const missing = (id) => new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
    SCIMMY.Resources.declare(Type)
        .ingress((resource, data) => {
            const id = resource.id ?? randomUUID();
            if (resource.id && !kept.has(id)) throw missing(id);
            const created = kept.get(id)?.meta.created ?? new Date();
            const value = { ...JSON.parse(JSON.stringify(data)), id, meta: { created, lastModified: new Date() } };
            kept.set(id, value);
            return value;
        })
        .egress((resource) => {
            if (resource.id) {
                if (!kept.has(resource.id)) throw missing(resource.id);
                return kept.get(resource.id);
            }
            const all = [...kept.values()];
            return resource.filter ? resource.filter.match(all) : all;
        })
        .degress((resource) => {
            if (!kept.delete(resource.id)) throw missing(resource.id);
        });
};

declare(SCIMMY.Resources.User);
declare(SCIMMY.Resources.Group);

const handler = (request) => {
    if (request.header("Authorization") !== `Bearer ${process.env.PEER_TOKEN}`) throw new Error("unknown token");
    return "the token's holder";
};
const app = express();
app.use("/scim/v2", new SCIMMYRouters({ type: "bearer", handler }));
app.listen(Number(process.argv[2]), "127.0.0.1");
