"""One person of the package connects two companies: one token chain, two lanes, both go on."""

from datetime import timedelta

from shared.login import connect
from tests.connectors.contract import logins
from tests.trial import Trial, an_order


async def two_companies(trial: Trial) -> None:
    first = await trial.connected()
    second = await connect(trial.hub, "globex", await trial.world.log_in(), "900002", {})
    assert second.grant == first.grant
    assert first.exports_from is not None
    await trial.hub.connections.start_exports(second.id, first.exports_from)


async def test_exports_of_two_companies_with_one_login_go_on_after_one_refresh(trial: Trial) -> None:
    await two_companies(trial)
    trial.sandbox.clock.advance(timedelta(minutes=11))
    before = logins(trial.world)
    await trial.take_in(an_order("WO-1"), an_order("WO-2"))
    await trial.take_in(an_order("WO-A"), an_order("WO-B"), tenant="globex")
    await trial.settled()
    assert sorted(trial.orders) == ["WO-1", "WO-2", "WO-A", "WO-B"]
    assert logins(trial.world) == before + 1


async def test_access_that_expired_for_one_company_goes_on_for_both_after_one_login(trial: Trial) -> None:
    await two_companies(trial)
    trial.sandbox.clock.advance(timedelta(days=31))
    await trial.take_in(an_order("WO-1"))
    await trial.take_in(an_order("WO-A"), tenant="globex")
    await trial.settled()
    assert trial.orders == []
    await trial.world.log_in()
    await trial.settled()
    assert sorted(trial.orders) == ["WO-1", "WO-A"]
