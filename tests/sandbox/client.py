"""Speaks Pulumi's provider protocol to a sandbox, as an engine does, a call at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2 as protocol
from pulumi.runtime.proto import provider_pb2_grpc

from helium.sandbox.wire import properties, struct

BUCKET = "gcp:storage/bucket:Bucket"
MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"
NAMESPACE = "kubernetes:core/v1:Namespace"
SERVICE = "kubernetes:core/v1:Service"
SECRET = "kubernetes:core/v1:Secret"
RELEASE = "kubernetes:helm.sh/v3:Release"


class Client:
    """One connection, configured."""

    def __init__(self, channel: grpc.Channel, configuration: dict[str, Any]) -> None:
        self.stub = provider_pb2_grpc.ResourceProviderStub(channel)
        self.stub.Configure(protocol.ConfigureRequest(args=struct(configuration)))

    def create(self, token: str, **inputs: Any) -> tuple[str, dict[str, Any]]:
        """The new resource's id and outputs."""
        answer = self.stub.Create(protocol.CreateRequest(type=token, properties=struct(inputs)))
        return answer.id, properties(answer.properties)

    def bucket(self, name: str, **more: Any) -> str:
        """A bucket with that name."""
        return self.create(BUCKET, name=name, location="US", **more)[0]

    def namespace(self, name: str) -> str:
        """A namespace with that name."""
        return self.create(NAMESPACE, metadata={"name": name})[0]

    def read(self, token: str, resource_id: str, **known: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Id, outputs and inputs; an empty id for what is not there."""
        answer = self.stub.Read(protocol.ReadRequest(type=token, id=resource_id, inputs=struct(known)))
        return answer.id, properties(answer.properties), properties(answer.inputs)

    def update(self, token: str, resource_id: str, **inputs: Any) -> dict[str, Any]:
        """The outputs after the update."""
        request = protocol.UpdateRequest(type=token, id=resource_id, news=struct(inputs))
        return properties(self.stub.Update(request).properties)

    def delete(self, token: str, resource_id: str) -> None:
        """Remove a resource."""
        self.stub.Delete(protocol.DeleteRequest(type=token, id=resource_id))

    def invoke(self, token: str, **arguments: Any) -> dict[str, Any]:
        """What a data source answers."""
        answer = self.stub.Invoke(protocol.InvokeRequest(tok=token, args=struct(arguments)))
        return properties(getattr(answer, "return"))

    def cancel(self) -> None:
        """Call off what this connection waits for."""
        self.stub.Cancel(Empty())


@contextmanager
def client(port: int, **configuration: Any) -> Iterator[Client]:
    """A connection of its own, as each provider of each stack has one."""
    own = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=own) as channel:
        yield Client(channel, configuration)
