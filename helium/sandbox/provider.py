"""Answers Pulumi's provider protocol for `gcp` and `kubernetes`, out of the pretend cloud.

It translates: messages to properties and back, and a `CloudError` to a status. It decides nothing about
resources.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as protocol

from helium.sandbox import default_names, invokes, limits, resource_types
from helium.sandbox.cloud import Cloud
from helium.sandbox.diffs import difference, provider_difference
from helium.sandbox.errors import CloudError, FaultLineError, Kind, SandboxError
from helium.sandbox.fault_injection import FaultInjector
from helium.sandbox.fault_rules import Call
from helium.sandbox.model import Identity
from helium.sandbox.sessions import ProviderSession, ProviderSessions
from helium.sandbox.store import Store
from helium.sandbox.wire import diff_response, invoke_response, properties, struct

VERSION = "999.0.0+sandbox"
_THREADS = 64
_LARGEST_MESSAGE = 400 * 1024 * 1024
_CODES = {
    Kind.EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    Kind.ABSENT: grpc.StatusCode.NOT_FOUND,
    Kind.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
    Kind.PRECONDITION: grpc.StatusCode.FAILED_PRECONDITION,
    Kind.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Kind.UNKNOWN: grpc.StatusCode.UNKNOWN,
    Kind.CANCELLED: grpc.StatusCode.ABORTED,
}
_Context = grpc.ServicerContext
_Reply = TypeVar("_Reply")


def _translated(method: Callable[..., _Reply]) -> Callable[..., _Reply]:
    """Turn what the cloud and the sandbox refuse into the status that the engine understands."""

    @functools.wraps(method)
    def call(self: Provider, request: Any, context: _Context) -> _Reply:
        try:
            return method(self, request, context)
        except CloudError as error:
            _abort(context, _CODES[error.kind], sentence=str(error))
        except FaultLineError as error:
            _abort(context, grpc.StatusCode.INVALID_ARGUMENT, sentence=str(error))
        except SandboxError as error:
            _abort(context, grpc.StatusCode.DATA_LOSS, sentence=str(error))
        except OSError as error:
            sentence = f"sandbox: {error.filename}: {error.strerror}"
            _abort(context, grpc.StatusCode.INTERNAL, sentence=sentence)

    return call


def _abort(context: _Context, code: grpc.StatusCode, *, sentence: str) -> NoReturn:
    context.abort(code, sentence)
    raise AssertionError("grpc's abort always raises")


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The servicer of one process, for any number of engines at once."""

    def __init__(self, store: Store, fault_injector: FaultInjector) -> None:
        self._store = store
        self._cloud = Cloud(store)
        self._fault_injector = fault_injector
        self._sessions = ProviderSessions()

    def Attach(self, request: plugin_pb2.PluginAttach, context: _Context) -> Empty:
        """An engine has come; it is served like any other."""
        return Empty()

    def Handshake(
        self, request: protocol.ProviderHandshakeRequest, context: _Context
    ) -> protocol.ProviderHandshakeResponse:
        """Say what is understood: secrets, and nothing else special."""
        return protocol.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Empty, context: _Context) -> plugin_pb2.PluginInfo:
        """A version that no real provider has; the engine warns of one older than the SDK."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: protocol.GetSchemaRequest, context: _Context) -> protocol.GetSchemaResponse:
        """The least schema there can be: the sandbox takes types as they come."""
        return protocol.GetSchemaResponse(schema=json.dumps({"name": "sandbox", "version": VERSION}))

    def CheckConfig(self, request: protocol.CheckRequest, context: _Context) -> protocol.CheckResponse:
        """Any configuration will do."""
        return protocol.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: protocol.DiffRequest, context: _Context) -> protocol.DiffResponse:
        """Another cluster needs everything created again, as with the real provider; all else is an update."""
        package = request.urn.split("::")[2].rsplit(":", 1)[-1]
        olds, news = properties(request.olds), properties(request.news)
        return diff_response(provider_difference(package, olds, news=news, salt=self._store.salt))

    def Configure(self, request: protocol.ConfigureRequest, context: _Context) -> protocol.ConfigureResponse:
        """Remember what this connection is set to."""
        self._sessions.configure(context.peer(), properties(request.args))
        return protocol.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Cancel(self, request: Empty, context: _Context) -> Empty:
        """End what this connection still waits for; other engines go on."""
        self._sessions.of(context.peer()).stopped.set()
        return Empty()

    def Check(self, request: protocol.CheckRequest, context: _Context) -> protocol.CheckResponse:
        """Name what has no name, and see that what is required is there."""
        olds, news = properties(request.olds), properties(request.news)
        named = default_names.with_name(request.type, news, olds=olds, hint=(request.name, request.randomSeed.hex()))
        failures = [
            protocol.CheckFailure(property=name, reason=f"sandbox: {name} is required")
            for name in limits.missing(resource_types.kind_of(request.type), named)
        ]
        return protocol.CheckResponse(inputs=struct(named), failures=failures)

    def Diff(self, request: protocol.DiffRequest, context: _Context) -> protocol.DiffResponse:
        """Compare the inputs of then and now."""
        old = properties(request.old_inputs if request.HasField("old_inputs") else request.olds)
        news = properties(request.news)
        return diff_response(difference(request.type, old, new=news, salt=self._store.salt))

    @_translated
    def Create(self, request: protocol.CreateRequest, context: _Context) -> protocol.CreateResponse:
        """Create a resource, or say what it would be."""
        token, inputs = request.type, properties(request.properties)
        session = self._sessions.of(context.peer())
        setting = session.setting(resource_types.package_of(token))
        if request.preview:
            shown = self._cloud.preview(token, inputs, setting=setting)
        else:
            one = resource_types.identity(token, inputs, setting=setting)
            with self._fault_injector.around(
                _call("create", one, token=token), inputs, stopped=_stopped(session, context)
            ):
                shown = self._cloud.create(token, inputs, setting=setting)
        return protocol.CreateResponse(id=shown.id, properties=struct(shown.outputs))

    @_translated
    def Read(self, request: protocol.ReadRequest, context: _Context) -> protocol.ReadResponse:
        """Show a resource as it is; an empty answer if it is not there."""
        session = self._sessions.of(context.peer())
        setting = session.setting(resource_types.package_of(request.type))
        one = resource_types.by_id(request.type, request.id, setting=setting)
        known = properties(request.properties) | properties(request.inputs)
        with self._fault_injector.around(
            _call("read", one, token=request.type), known, stopped=_stopped(session, context)
        ):
            shown = self._cloud.read(one, known)
        if shown is None:
            return protocol.ReadResponse()
        return protocol.ReadResponse(id=shown.id, properties=struct(shown.outputs), inputs=struct(shown.inputs))

    @_translated
    def Update(self, request: protocol.UpdateRequest, context: _Context) -> protocol.UpdateResponse:
        """Change a resource in place, or say what it would be."""
        token, inputs = request.type, properties(request.news)
        session = self._sessions.of(context.peer())
        setting = session.setting(resource_types.package_of(token))
        if request.preview:
            return protocol.UpdateResponse(
                properties=struct(self._cloud.preview(token, inputs, setting=setting).outputs)
            )
        one = resource_types.by_id(token, request.id, setting=setting)
        with self._fault_injector.around(_call("update", one, token=token), inputs, stopped=_stopped(session, context)):
            shown = self._cloud.update(one, inputs, token=token)
        return protocol.UpdateResponse(properties=struct(shown.outputs))

    @_translated
    def Delete(self, request: protocol.DeleteRequest, context: _Context) -> Empty:
        """Remove a resource; one that is not there is removed already."""
        session = self._sessions.of(context.peer())
        setting = session.setting(resource_types.package_of(request.type))
        one = resource_types.by_id(request.type, request.id, setting=setting)
        known = properties(request.properties)
        with self._fault_injector.around(
            _call("delete", one, token=request.type), known, stopped=_stopped(session, context)
        ):
            self._cloud.delete(one)
        return Empty()

    @_translated
    def Invoke(self, request: protocol.InvokeRequest, context: _Context) -> protocol.InvokeResponse:
        """Answer a data source."""
        session = self._sessions.of(context.peer())
        arguments = properties(request.args)
        setting = session.setting(resource_types.package_of(request.tok))
        with self._fault_injector.around(Call("invoke", request.tok), arguments, stopped=_stopped(session, context)):
            found = invokes.answer(request.tok, arguments, setting=setting)
        return invoke_response(found)


def _stopped(session: ProviderSession, context: _Context) -> Callable[[], bool]:
    """Whether nobody waits any more: the engine called its calls off, or is gone."""
    return lambda: session.stopped.is_set() or not context.is_active()


def _call(operation: str, one: Identity, *, token: str) -> Call:
    return Call(operation, token, one.name, one.within)


def serve(provider: Provider, port: int) -> tuple[grpc.Server, int]:
    """Listen, on this machine only, on a port (0: a free one), and say which; SandboxError if taken."""
    options = [
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
        ("grpc.max_send_message_length", _LARGEST_MESSAGE),
    ]
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    try:
        taken = server.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError as error:
        raise SandboxError(
            f"the sandbox cannot listen on port {port} of 127.0.0.1; is another process using it?"
        ) from error
    server.start()
    return server, taken
