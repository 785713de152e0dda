"""The console as an ASGI app, and the service that serves it."""

import contextlib
from collections.abc import Iterator

from fastapi import APIRouter, Depends, FastAPI
from fastapi.security import HTTPBearer
from starlette.routing import Route

from services.console import assets, signing
from services.console.changes import api as changes_api
from services.console.changes import pages as changes_pages
from services.console.connect import api as connect_api
from services.console.connect import pages as connect_pages
from services.console.context import office
from services.console.control import api as control_api
from services.console.control import pages as control_pages
from services.console.guard import Guard
from services.console.identity import Platform
from services.console.integrations import api as integrations_api
from services.console.integrations import pages as integrations_pages
from services.console.licence_news import LicenceNews
from services.console.log import api as log_api
from services.console.log import pages as log_pages
from services.console.operate import api as operate_api
from services.console.operate import pages as operate_pages
from services.console.operate.beside import beside
from services.console.preview import api as preview_api
from services.console.preview import pages as preview_pages
from services.console.problems import SIGN_IN, Problem, failed, handle_problems
from services.console.settings import api as settings_api
from services.console.settings import pages as settings_pages
from services.console.visitors import Visitors
from shared import connectors, topics
from shared.access import OAuth2
from shared.bus import broker, subscribe
from shared.connector import Connector
from shared.errors import Misconfigured
from shared.hub import Hub
from shared.log import get
from shared.service import check_clock, take_in
from shared.serving import Impatient, serving

AREAS: tuple[APIRouter, ...] = (
    signing.router,
    integrations_api.router,
    integrations_pages.router,
    connect_api.router,
    connect_pages.router,
    settings_api.router,
    settings_pages.router,
    log_api.router,
    log_pages.router,
    control_api.router,
    control_pages.router,
    preview_api.router,
    preview_pages.router,
    operate_api.router,
    operate_pages.router,
    changes_api.router,
    changes_pages.router,
)
"""Every area's two routers. Each route asks first who is there (`office`)."""

BEARER = HTTPBearer(auto_error=False, description="A token of the platform; a browser sends its session instead.")
"""For the description of the API only: `office` reads the token."""

_log = get(__name__)


def create_app(hub: Hub) -> FastAPI:
    """The app over this hub."""
    app = FastAPI(
        title="Fieldledger",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # their scripts come from a CDN
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(BEARER), Depends(office)],
        responses={status: {"model": Problem} for status in (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)},
    )
    app.state.hub = hub
    app.state.platform = Platform(hub.settings, hub.now, hub.transports.get("platform"))
    app.state.visitors = Visitors(hub.settings.console_rate)
    app.add_middleware(Guard, settings=hub.settings, failed=failed, form_targets=login_origins(hub))
    handle_problems(app)
    app.router.routes += [
        Route(f"{assets.PATH}/{{version}}/{{name:path}}", assets.serve),
        Route(SIGN_IN, signing.ask, methods=["GET"]),
        Route(SIGN_IN, signing.sign_in, methods=["POST"]),
        Route("/preferences", signing.prefer, methods=["POST"]),
    ]
    for area in AREAS:
        app.include_router(area)
    return app


def login_origins(hub: Hub) -> frozenset[str]:
    """Where the login pages of the packages are: a form leads there, and the browser must allow it."""
    return frozenset(origin for how in connectors.all_connectors() for origin in _origins(hub, how))


def _origins(hub: Hub, how: Connector) -> Iterator[str]:
    if not isinstance(how.auth, OAuth2):
        return
    with contextlib.suppress(Misconfigured):  # no app is registered with this package: nobody can connect it
        for site in how.auth.sites:
            yield signing.origin_of(hub.login_page(how.name, site, "state"))


class Console:
    """Serves the console and hears of licences until cancelled; requests under way get a few seconds to end."""

    name = "console"

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._broker = broker(hub.settings, client_id=f"fieldledger.{self.name}")
        subscribe(self._broker, [topics.LICENSES_CHANGED], group=self.name, handler=LicenceNews(hub))

    async def run(self) -> None:
        """Until cancelled. `Misconfigured` without a port, or when it is taken."""
        settings = self._hub.settings
        if not settings.console_port:
            raise Misconfigured("FIELDLEDGER_CONSOLE_PORT is not set: choose the port on which people reach it.")
        await check_clock(self._hub)  # tokens and sessions end at a moment
        options = {"http": Impatient, "ws": "none", "server_header": False}
        proxies = {"proxy_headers": True, "forwarded_allow_ips": settings.console_proxies}
        app = create_app(self._hub)
        served = serving(app, settings.console_host, settings.console_port, **options, **proxies)
        async with beside(self._hub), served as url:
            _log.info("serving", service=self.name, url=settings.console_url or url)
            await take_in(self._broker, self._hub, self.name)

    async def health(self) -> bool:
        """Whether the store answers. Without Kafka, pages are shown all the same."""
        await self._hub.store.now()
        return True


def console(hub: Hub) -> Console:
    """The service, ready to run."""
    return Console(hub)
