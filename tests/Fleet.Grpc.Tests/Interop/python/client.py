"""Calls the probe server with the official Python client and prints what it saw as one JSON object.

Usage: client.py HOST:PORT DESCRIPTOR_SET, where the set is a serialised google.protobuf.FileDescriptorSet of every proto in use.
"""
import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

ADDRESS, DESCRIPTORS = sys.argv[1:3]
SERVICE = "/fleet.grpc.test.ProbeService/"
TIMEOUT_S = 60

pool = descriptor_pool.DescriptorPool()
files = descriptor_pb2.FileDescriptorSet()
with open(DESCRIPTORS, "rb") as source:
    files.ParseFromString(source.read())
for file in files.file:
    pool.Add(file)
factory = message_factory.MessageFactory(pool)


def message(name):
    return factory.GetPrototype(pool.FindMessageTypeByName(name))


Request = message("fleet.grpc.test.ProbeRequest")
Reply = message("fleet.grpc.test.ProbeReply")


def failure(error):
    why = dict(error.trailing_metadata() or ()).get("why")
    return {"code": error.code().value[0], "details": error.details(), "why": why}


def method(channel, kind, path, request=Request, reply=Reply):
    return getattr(channel, kind)(path, request_serializer=request.SerializeToString, response_deserializer=reply.FromString)


def unary(channel, path=SERVICE + "Unary", timeout=TIMEOUT_S, **fields):
    try:
        reply = method(channel, "unary_unary", path)(Request(**fields), timeout=timeout)
        return {"text": reply.text, "padding": len(reply.padding)}
    except grpc.RpcError as error:
        return failure(error)


def with_metadata(channel):
    sent = (("echo-text", "there and back"), ("trail-bytes-bin", bytes([0, 1, 255])))
    _, call = method(channel, "unary_unary", SERVICE + "Unary").with_call(Request(text="m"), timeout=TIMEOUT_S, metadata=sent)
    return {
        "header": dict(call.initial_metadata())["echo-text"],
        "trailer": list(dict(call.trailing_metadata())["trail-bytes-bin"]),
    }


def server_stream(channel):
    replies = method(channel, "unary_stream", SERVICE + "ServerStream")(Request(text="s", count=5), timeout=TIMEOUT_S)
    return {"seen": [reply.index for reply in replies], "code": replies.code().value[0]}


def client_stream(channel):
    requests = iter([Request(text=text) for text in "abc"])
    reply = method(channel, "stream_unary", SERVICE + "ClientStream")(requests, timeout=TIMEOUT_S)
    return {"text": reply.text, "index": reply.index}


def duplex(channel):
    requests = iter([Request(text=text) for text in "xyz"])
    replies = method(channel, "stream_stream", SERVICE + "Duplex")(requests, timeout=TIMEOUT_S)
    return {"seen": [reply.text for reply in replies], "code": replies.code().value[0]}


def cancelled(channel):
    replies = method(channel, "unary_stream", SERVICE + "ServerStream")(Request(text="c", count=1, hang=True), timeout=TIMEOUT_S)
    try:
        for _ in replies:
            replies.cancel()
    except grpc.RpcError as error:
        return failure(error)
    return {"code": 0}


def health(channel):
    request, reply = message("grpc.health.v1.HealthCheckRequest"), message("grpc.health.v1.HealthCheckResponse")
    answer = method(channel, "unary_unary", "/grpc.health.v1.Health/Check", request, reply)(request(), timeout=TIMEOUT_S)
    return reply.ServingStatus.Name(answer.status)


def services(channel, version):
    package = f"grpc.reflection.{version}."
    request, reply = message(package + "ServerReflectionRequest"), message(package + "ServerReflectionResponse")
    call = method(channel, "stream_stream", f"/{package}ServerReflection/ServerReflectionInfo", request, reply)
    answer = next(iter(call(iter([request(list_services="*")]), timeout=TIMEOUT_S)))
    return [service.name for service in answer.list_services_response.service]


def main():
    large = 5 * 1024 * 1024
    with grpc.insecure_channel(ADDRESS) as channel, grpc.insecure_channel(ADDRESS, compression=grpc.Compression.Gzip) as zipped:
        return {
            "unary": unary(channel, text="hello"),
            "metadata": with_metadata(channel),
            "serverStream": server_stream(channel),
            "clientStream": client_stream(channel),
            "duplex": duplex(channel),
            "gzip": {"length": len(unary(zipped, text="z" * 100000)["text"])},
            "failure": unary(channel, text="ünï %", status_code=10),
            "crash": unary(channel, status_code=-1),
            "missingMethod": unary(channel, SERVICE + "Nothing"),
            "missingService": unary(channel, "/fleet.grpc.test.AbsentService/Missing"),
            "deadline": unary(channel, timeout=0.3, hang=True),
            "oversizedRequest": unary(channel, text="a" * large),
            "oversizedResponse": unary(channel, padding_bytes=large),
            "cancelled": cancelled(channel),
            "health": health(channel),
            "reflectionV1": services(channel, "v1"),
            "reflectionV1Alpha": services(channel, "v1alpha"),
        }


print(json.dumps(main()))
