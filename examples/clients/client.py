"""
A back office in Python: gRPC from the committed file and by reflection, REST by a password. Called by .ci/clients with both addresses and, where gRPC
is served over TLS, the file of the authority that has signed the certificate.
"""

import sys

import grpc
import questline_pb2 as messages
import questline_pb2_grpc as stubs
import requests
from google.protobuf import descriptor_pool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

rest, address, *authorities = sys.argv[1:]
if authorities:
    with open(authorities[0], "rb") as file:
        channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(file.read()))
    try:
        stranger = stubs.QuestlineStub(grpc.secure_channel(address, grpc.ssl_channel_credentials()))
        stranger.SignIn(messages.SignInRequest(name="user", password="password"), timeout=10)
        raise AssertionError("who does not know the authority was served")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNAVAILABLE, error
else:
    channel = grpc.insecure_channel(address)
questline = stubs.QuestlineStub(channel)

session = questline.SignIn(messages.SignInRequest(name="user", password="password")).sign_in
token = (("authorization", f"Bearer {session.access_token}"),)
quests = questline.GetAllQuests(messages.GetAllQuestsRequest(), metadata=token).quests.nodes
assert any(quest.name == "sign-in-three-times" and quest.streak == 3 for quest in quests), quests

try:
    questline.GetAllQuests(messages.GetAllQuestsRequest())
    raise AssertionError("it was answered without a token")
except grpc.RpcError as error:
    assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error
    assert dict(error.trailing_metadata())["error-code"] == "UNAUTHENTICATED", error

try:
    next(questline.StreamPopups(messages.StreamPopupsRequest(), metadata=token, timeout=1))
except grpc.RpcError as error:
    assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error

database = ProtoReflectionDescriptorDatabase(channel)
assert "questline.v1.Questline" in database.get_services(), database.get_services()
service = descriptor_pool.DescriptorPool(database).FindServiceByName("questline.v1.Questline")
assert "GetQuestInfo" in [method.name for method in service.methods]

quest_id = next(quest.quest_id for quest in quests if quest.name == "sign-in-three-times")
answer = requests.get(f"{rest}/api/v1/quests/{quest_id}", auth=("user", "password"), timeout=10)
assert answer.status_code == 200 and answer.json()["streak"] == 3, answer.text
form = {"grant_type": "password", "username": "user", "password": "password"}
issued = requests.post(f"{rest}/login/access-token", data=form, timeout=10).json()
assert issued["token_type"] == "bearer", issued
wrong = requests.get(f"{rest}/api/v1/me", auth=("user", "wrong password"), timeout=10)
assert wrong.status_code == 401 and wrong.json()["code"] == "INVALID_CREDENTIALS", wrong.text

print(f"Clients of Python are served over gRPC{' with TLS' if authorities else ''}, reflection and REST.")
