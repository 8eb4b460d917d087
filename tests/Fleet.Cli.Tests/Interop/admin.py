"""Drives the whole admin API with the official Python client and prints what it saw as one JSON object.

Usage: admin.py HOST:PORT DESCRIPTOR_SET CA CERT KEY, where the set is a serialised google.protobuf.FileDescriptorSet.
"""
import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

ADDRESS, DESCRIPTORS, CA, CERT, KEY = sys.argv[1:6]

pool = descriptor_pool.DescriptorPool()
files = descriptor_pb2.FileDescriptorSet()
with open(DESCRIPTORS, "rb") as source:
    files.ParseFromString(source.read())
for file in files.file:
    pool.Add(file)
factory = message_factory.MessageFactory(pool)
service = pool.FindServiceByName("fleet.v1.AdminService")
called = set()


def read(path):
    with open(path, "rb") as source:
        return source.read()


def refusal(error):
    status = factory.GetPrototype(pool.FindMessageTypeByName("google.rpc.Status"))()
    status.ParseFromString(dict(error.trailing_metadata()).get("grpc-status-details-bin", b""))
    seen = {"code": error.code().name}
    for detail in status.details:
        name = detail.type_url.split("/")[-1]
        message = factory.GetPrototype(pool.FindMessageTypeByName(name))()
        message.ParseFromString(detail.value)
        if name == "fleet.v1.Violations":
            seen["violations"] = [[v.field, v.value, v.legal] for v in message.violations]
        elif name == "google.rpc.BadRequest":
            seen["fields"] = [v.field for v in message.field_violations]
    return seen


def call(channel, name, **fields):
    called.add(name)
    method = service.methods_by_name[name]
    request, reply = (factory.GetPrototype(t) for t in (method.input_type, method.output_type))
    kind = channel.unary_stream if name == "Watch" else channel.unary_unary
    stub = kind(f"/fleet.v1.AdminService/{name}", request_serializer=request.SerializeToString, response_deserializer=reply.FromString)
    if name == "Watch":
        stream = stub(request(**fields), timeout=30)
        first = next(iter(stream))
        stream.cancel()
        return first
    return stub(request(**fields), timeout=30)


def refused(channel, name, **fields):
    try:
        call(channel, name, **fields)
        return {"code": "OK"}
    except grpc.RpcError as error:
        return refusal(error)


def spec(pool_id, port, latency_us=500):
    return {"pool_id": pool_id, "listen": f"127.0.0.1:{port}", "sla": {"latency_us": latency_us}}


def drive(channel):
    seen = {}
    first = call(channel, "CreatePool", spec=spec("web", 1), request_id="r1")
    seen["repeated"] = call(channel, "CreatePool", spec=spec("web", 1), request_id="r1") == first
    seen["reused"] = refused(channel, "CreatePool", spec=spec("api", 2), request_id="r1")
    call(channel, "CreatePool", spec=spec("api", 2))
    page = call(channel, "ListPools", page_size=1)
    rest = call(channel, "ListPools", page_size=1, page_token=page.next_page_token)
    seen["pages"] = [p.spec.pool_id for p in [*page.pools, *rest.pools]] + [rest.next_page_token]
    seen["updated"] = call(channel, "UpdatePool", spec=spec("web", 1, 200), resource_version="1").resource_version
    seen["stale"] = refused(channel, "UpdatePool", spec=spec("web", 1, 200), resource_version="1")
    seen["invalid"] = refused(channel, "UpdatePool", spec=spec("web", 1, 0))
    seen["paused"] = call(channel, "PausePool", pool_id="web").spec.paused
    seen["resumed"] = call(channel, "ResumePool", pool_id="web").spec.paused
    seen["latency"] = call(channel, "GetPool", pool_id="web").spec.sla.latency_us
    for i in (1, 2):
        call(channel, "AddNode", spec={"pool_id": "web", "node_id": f"n{i}", "address": f"127.0.0.1:{i}"})
    node = {"pool_id": "web", "node_id": "n1"}
    seen["weight"] = call(channel, "UpdateNode", spec={**node, "address": "127.0.0.1:1", "weight": 50}).spec.weight
    seen["cordoned"] = call(channel, "CordonNode", **node).spec.cordoned
    seen["uncordoned"] = call(channel, "UncordonNode", **node).spec.cordoned
    seen["nodePaused"] = call(channel, "PauseNode", **node).spec.paused
    seen["nodeResumed"] = call(channel, "ResumeNode", **node).spec.paused
    seen["drained"] = call(channel, "DrainNode", **node).spec.drained
    seen["last"] = refused(channel, "RemoveNode", pool_id="web", node_id="n2")
    seen["version"] = call(channel, "GetNode", **node).resource_version
    seen["nodes"] = [n.spec.node_id for n in call(channel, "ListNodes", pool_id="web").nodes]
    call(channel, "AddProxy", spec={"proxy_id": "p1", "control": "unix:/nowhere.sock"})
    seen["proxy"] = call(channel, "GetProxy", proxy_id="p1").spec.control
    seen["proxies"] = len(call(channel, "ListProxies").proxies)
    call(channel, "RemoveProxy", proxy_id="p1")
    snapshot = call(channel, "Watch", interval_ms=100)
    seen["watched"] = [p.spec.pool_id for p in snapshot.pools]
    seen["resumeToken"] = len(snapshot.resume_token) > 0
    seen["decisions"] = len(call(channel, "ListDecisions", pool_id="web").decisions)
    seen["explained"] = call(channel, "Explain", **node).reason
    plan = call(channel, "Plan", pool_id="web", remove_nodes=["n2"])
    seen["planned"] = {n.node_id: n.membership for n in plan.nodes}
    seen["killed"] = call(channel, "SetKillSwitch", on=True, reason="drill").on
    seen["halted"] = call(channel, "GetPool", pool_id="web").status.halted
    call(channel, "SetKillSwitch", on=False)
    seen["killSwitch"] = call(channel, "GetKillSwitch").on
    call(channel, "RemoveNode", pool_id="web", node_id="n2", force=True)
    call(channel, "DeletePool", pool_id="web")
    seen["gone"] = refused(channel, "GetPool", pool_id="web")
    seen["history"] = [r.resource_version for r in call(channel, "ListHistory", pool_id="web").revisions]
    audit = call(channel, "ListAudit", pool_id="web", page_size=1000).entries
    seen["actors"] = sorted({e.actor for e in audit})
    seen["outcomes"] = sorted({e.outcome for e in audit})
    return {"called": sorted(called), **seen}


credentials = grpc.ssl_channel_credentials(read(CA), read(KEY), read(CERT))
with grpc.secure_channel(ADDRESS, credentials) as secure:
    print(json.dumps(drive(secure)))
