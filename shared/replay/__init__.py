"""Publishing again what was published before: for a period, for dead letters, for single documents.

All of it goes to `exports.<connector>`, unchanged, and all of it may be repeated: the ledger knows each document by its
own id, so what is in the books stays there once, and only what was left out or refused is looked at again.
"""

from shared.replay.dead import replay_dead
from shared.replay.documents import replay_documents
from shared.replay.history import replay_period
from shared.replay.run import Replay, prepare

__all__ = ["Replay", "prepare", "replay_dead", "replay_documents", "replay_period"]
