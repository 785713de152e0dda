"""Who logs in, and what is said when a login or a choice did not work, in the user's language."""

from typing import Annotated

from fastapi import HTTPException, Path, Request

from services.console.connect.leaving import Ended, NotLeft
from services.console.connect.logins import Whose, WrongLogin
from services.console.connect.views import LoginProblem, NoAccess, NotThere, Wrong
from services.console.context import Here, Office
from services.console.texts import Texts
from shared import connectors
from shared.errors import FieldledgerError
from shared.settings import CALLBACK


def whose(here: Office) -> Whose:
    """The user at work, as an owner of logins."""
    return Whose(here.user.tenant, here.user.subject, here.session.id if here.session else None)


def package(connector: Annotated[str, Path(max_length=50)]) -> str:
    """The package of the path; 404 when there is none of that name."""
    if connector not in connectors.names():
        raise HTTPException(404)
    return connector


def must_not_hurry(request: Request, here: Here) -> None:
    """429 for somebody who tries logins one after the other. By user: a platform asks for all of them from one place."""
    if not request.app.state.visitors.may_come(f"{here.user.tenant}|{here.user.subject}"):
        raise HTTPException(429)


def way_back(request: Request, here: Office) -> str:
    """Where the package sends the user back to: the console's own page."""
    return here.hub.settings.console_callback or f"{str(request.base_url).rstrip('/')}{CALLBACK}"


def sentence(here: Office, error: FieldledgerError) -> str:
    """What happened, and what to do next."""
    if isinstance(error, LoginProblem | WrongLogin):
        return _about_login(here.texts, error)
    _ = here.texts
    match error:
        case Wrong():
            return _("Something is not filled in yet.")
        case Ended():
            return _("This connection was ended already.")
        case NotLeft():
            return _("One of these documents does not wait there any more. Look at the list again.")
    return _.said(str(error))


def _about_login(_: Texts, error: FieldledgerError) -> str:
    match error:
        case WrongLogin():
            return _(
                "This login was not begun here, took too long, or was used already. Nothing was changed. Start again."
            )
        case NoAccess():
            return _(
                "{package} did not give access: it was refused there, or cancelled. Nothing was changed.",
                package=error.title,
            )
        case NotThere():
            return _(
                "{user} cannot open {administration}, and that administration is final for this connection. Log in as "
                "a user of the package who can, or disconnect first to connect another one.",
                user=error.user,
                administration=error.administration,
            )
    return _.said(str(error))
