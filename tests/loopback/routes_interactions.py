"""Routes by which the bot answers interactions: the callback, the original response, followups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from .http import RECORD, ApiError, RequestRecord, json_response, no_content, unknown
from .interactions import (
    AUTOCOMPLETE,
    CHOICES,
    DEFERRED,
    DEFERRED_UPDATE,
    MODAL,
    MODAL_SUBMIT,
    REPLY,
    TOKEN_LIFE,
    UPDATE,
    Interaction,
)
from .messages import EPHEMERAL, LOADING
from .payloads import Json

if TYPE_CHECKING:
    from .server import LoopbackDiscord


class InteractionRoutes:
    def __init__(self, server: LoopbackDiscord) -> None:
        self.server = server
        self.world = server.world
        self.interactions = server.interactions
        self.messages = server.messages

    def table(self) -> list[web.RouteDef]:
        hook = "/webhooks/{application_id}/{token}"
        return [
            web.post("/interactions/{interaction_id}/{token}/callback", self.callback),
            web.post(hook, self.followup),
            web.get(hook + "/messages/{message_id}", self.get_message),
            web.patch(hook + "/messages/{message_id}", self.edit_message),
            web.delete(hook + "/messages/{message_id}", self.delete_message),
        ]

    # -- the first answer ----------------------------------------------------------------------------------

    async def callback(self, request: web.Request) -> web.Response:
        record: RequestRecord = request[RECORD]
        interaction = self.interactions.by_id.get(int(request.match_info["interaction_id"]))
        if interaction is None or interaction.token != request.match_info["token"]:
            raise unknown("Interaction")
        if interaction.answered.done():
            self._blame(interaction, record, f"{interaction.label}: answered twice")
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        latency = record.received - interaction.sent
        if latency > self.interactions.ack_limit:
            self._blame(interaction, record, f"{interaction.label}: answered late, after {latency:.1f} s")
            raise unknown("Interaction")
        body: Json = record.body
        self._refuse_wrong_type(interaction, body["type"])
        answer = interaction.answer
        data = body.get("data") or {}
        match body["type"]:
            case 4 | 5 as type:
                answer.deferred_ephemeral = bool(int(data.get("flags") or 0) & EPHEMERAL)
                loading = type == DEFERRED
                answer.message = self._create(interaction, data, record, via="callback", loading=loading)
            case 6:
                answer.message = interaction.message
            case 7:
                answer.message = interaction.message
                self._edit(interaction, interaction.message or {}, data, record)
        answer.type, answer.body, answer.latency = body["type"], body, latency
        interaction.answered.set_result(answer)
        if body["type"] != DEFERRED:
            interaction.settle()
        if request.query.get("with_response") not in ("1", "true"):
            return no_content()
        return json_response(self._with_response(interaction))

    def _refuse_wrong_type(self, interaction: Interaction, type: int) -> None:
        fitting = {
            AUTOCOMPLETE: {CHOICES},
            3: {REPLY, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL},
            MODAL_SUBMIT: {REPLY, DEFERRED, DEFERRED_UPDATE} | ({UPDATE} if interaction.message else set()),
        }.get(interaction.type, {REPLY, DEFERRED, MODAL})
        if type not in fitting:
            problem = f"{interaction.label}: an answer of type {type} does not fit this interaction"
            interaction.answer.problems.append(problem)
            self.interactions.problems.append(problem)
            raise ApiError(400, 50035, "Invalid Form Body", errors={"type": {"_errors": [{"message": problem}]}})

    def _blame(self, interaction: Interaction, record: RequestRecord, problem: str) -> None:
        """Note what the bot did wrong, unless a planned fault made it repeat itself."""
        earlier = [r for r in self.server.requests if r.path == record.path and r is not record]
        if not any(r.fault for r in earlier):
            interaction.answer.problems.append(problem)
            self.interactions.problems.append(problem)

    def _with_response(self, interaction: Interaction) -> Json:
        answer = interaction.answer
        told: Json = {"id": str(interaction.id), "type": interaction.type}
        resource: Json = {"type": answer.type}
        if answer.message is not None and answer.type in (REPLY, DEFERRED, DEFERRED_UPDATE, UPDATE):
            told |= {
                "response_message_id": answer.message["id"],
                "response_message_loading": answer.type == DEFERRED,
                "response_message_ephemeral": answer.ephemeral,
            }
            if answer.type in (REPLY, DEFERRED, UPDATE):
                resource["message"] = answer.message
        return {"interaction": told, "resource": resource}

    # -- afterwards ----------------------------------------------------------------------------------------

    def _live(self, request: web.Request) -> Interaction:
        interaction = self.interactions.by_token.get(request.match_info["token"])
        if interaction is None or int(request.match_info["application_id"]) != self.world.application_id:
            raise unknown("Webhook")
        if not interaction.answered.done():
            raise unknown("Webhook")
        assert interaction.created_at is not None
        if self.world.now() - interaction.created_at > TOKEN_LIFE:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        return interaction

    async def followup(self, request: web.Request) -> web.Response:
        interaction, record = self._live(request), request[RECORD]
        answer = interaction.answer
        if answer.type == DEFERRED and answer.message and answer.message["flags"] & LOADING:
            # The first followup to a deferred reply takes the place of "thinking…", and stays as visible as that was.
            answer.edits.append(record.body)
            message = self._edit(interaction, answer.message, record.body, record)
        else:
            message = self._create(interaction, record.body, record, via="followup")
            answer.followups.append(message)
        interaction.settle()
        return json_response(message)

    def _message(self, request: web.Request, interaction: Interaction) -> Json:
        which = request.match_info["message_id"]
        answer = interaction.answer
        if which == "@original" or (answer.message and which == answer.message["id"]):
            if answer.message is None or answer.deleted:
                raise unknown("Message")
            return answer.message
        if int(which) in interaction.hidden:
            return interaction.hidden[int(which)]
        return self.messages.get(interaction.channel.id, int(which))

    async def get_message(self, request: web.Request) -> web.Response:
        return json_response(self._message(request, self._live(request)))

    async def edit_message(self, request: web.Request) -> web.Response:
        interaction, record = self._live(request), request[RECORD]
        message = self._message(request, interaction)
        if message is interaction.answer.message:
            interaction.answer.edits.append(record.body)
        self._edit(interaction, message, record.body, record)
        interaction.settle()
        return json_response(message)

    async def delete_message(self, request: web.Request) -> web.Response:
        interaction = self._live(request)
        message = self._message(request, interaction)
        if message is interaction.answer.message:
            interaction.answer.deleted = True
            interaction.settle()
        if interaction.hidden.pop(int(message["id"]), None) is None:
            self.messages.delete(interaction.channel, int(message["id"]))
        return no_content()

    def _create(
        self, interaction: Interaction, body: Json, record: RequestRecord, *, via: str, loading: bool = False
    ) -> Json:
        extra = {
            "application_id": str(self.world.application_id),
            "webhook_id": str(self.world.application_id),
            "interaction_metadata": interaction.metadata(),
        }
        message = self.messages.create(
            interaction.channel, self.world.bot, body, record.files, via=via, extra=extra, loading=loading
        )
        if message["flags"] & EPHEMERAL:
            interaction.hidden[int(message["id"])] = message
        return message

    def _edit(self, interaction: Interaction, message: Json, body: Json, record: RequestRecord) -> Json:
        return self.messages.edit(message, interaction.channel, self.world.bot, body, record.files)
