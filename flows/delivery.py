"""Delivery of alerts through Prefect's notification blocks, to the addresses of the setting ``alert_to``.

A message that does not get through to an address waits for the next one, so it is neither lost nor sent twice to those
that have it.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from prefect.blocks.core import Block
from prefect.blocks.notifications import AppriseNotificationBlock, CustomWebhookNotificationBlock, SlackWebhook

if TYPE_CHECKING:
    from prefect.blocks.abstract import NotificationBlock

_MOST_WAITING = 100
"""So many messages wait at most; the oldest go first."""


class _Message(AppriseNotificationBlock):
    """A message by an address of Apprise, such as ``mailtos://user:password@mail.example?to=ops@example.org``."""

    _block_type_name = "Message by Apprise"


def block_of(address: str) -> NotificationBlock:
    """The notification block that an address stands for. Raises ValueError for an address that is none.

    ``block:slack-webhook/ops`` is a block that was made in Prefect's UI, an address at hooks.slack.com a Slack webhook,
    any other of HTTP a webhook that gets ``{"subject": …, "text": …}``, ``mailto://`` and whatever else an Apprise
    message.
    """
    if address.startswith("block:"):
        loaded: Any = Block.load(address.removeprefix("block:"))
        return loaded  # type: ignore[no-any-return]
    if address.startswith("https://hooks.slack.com/"):
        return SlackWebhook(url=address)  # type: ignore[arg-type]
    if address.startswith(("http://", "https://")):
        return CustomWebhookNotificationBlock(
            name="ingest",
            url=address,
            json_data={"subject": "{{subject}}", "text": "{{body}}"},
            headers=None,
            cookies=None,
        )
    if "://" in address:
        return _Message(url=address)  # type: ignore[arg-type]
    raise ValueError(f"an address begins with a scheme such as https:// or block:, not with {address[:8]!r}")


def deliver(addresses: str, waiting: list[dict[str, str]], subject: str = "", body: str = "") -> list[str]:
    """Send what is ``waiting``, then one message to each address. What does not get through stays in ``waiting``.

    Gives what went wrong, in sentences without the addresses: they hold secrets.
    """
    by_key = {_key_of(address): address for address in addresses.split()}
    new = [{"to": key, "subject": subject, "body": body} for key in by_key] if subject else []
    troubles: dict[str, str] = {}
    left = []
    for message in (*waiting, *new):
        if message["to"] not in by_key:  # an address that was taken out of the settings
            continue
        if message["to"] not in troubles:
            try:
                _notify(by_key[message["to"]], message["subject"], message["body"])
                continue
            except Exception as error:
                troubles[message["to"]] = (
                    f"An alert could not be sent ({type(error).__name__}) and waits for the next run: "
                    f"{message['subject']}."
                )
        left.append(message)
    waiting[:] = left[-_MOST_WAITING:]
    return list(troubles.values())


def _notify(address: str, subject: str, body: str) -> None:
    block = block_of(address)
    with block.raise_on_failure():
        notify: Callable[..., object] = block.notify  # outside of an event loop it is no coroutine
        notify(body=body, subject=f"[ingest] {subject}"[:200])


def _key_of(address: str) -> str:
    """What stands for an address where it must not stand itself."""
    return sha256(address.encode()).hexdigest()[:12]
