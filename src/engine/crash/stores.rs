//! The crash matrix over the shipped stores: whoever has one brings it here.

use uuid::Uuid;

use super::bench::Inner;
use super::drive::run_over;
use super::keep::Keep;
use super::matrix::{deaths, scenarios};
use super::points::{Point, judge, points};
use super::scenario::{Scenario, Told};

/// What the deaths at every call and await are tried with over every store.
const NAMED: [&str; 3] = ["without cascade", "mixed, two at a time", "events flow"];

/// Dies at every point, at every call and at every await over stores that are made afresh for each run.
pub(crate) async fn every_death_over<K: Keep>(store: &str, fresh: impl Fn(&[Uuid]) -> K) {
    let over = async |scenario: &Scenario, disturb: &dyn Fn(&mut Inner)| {
        let targets: Vec<Uuid> = scenario.order.targets.iter().map(|target| target.conversation_id).collect();
        let (bench, keep) = (scenario.bench(), fresh(&targets));
        disturb(&mut bench.lock());
        let progress = run_over(&bench, &keep, &scenario.script()).await;
        Told::by(&bench, progress)
    };
    let points = points();
    for Point { name, scenario, death, ends } in &points {
        let told = over(scenario, &|inner| inner.deaths = vec![*death]).await;
        judge(&told, ends, 1, &format!("{store}: {name}"));
    }
    let (mut calls, mut awaits) = (0, 0);
    for scenario in scenarios().into_iter().filter(|scenario| NAMED.contains(&scenario.name)) {
        let calm = scenario.run();
        let (name, ends) = (scenario.name, [calm.states()]);
        for death in deaths(calm.calls) {
            let told = over(&scenario, &|inner| inner.deaths = vec![death]).await;
            judge(&told, &ends, 1, &format!("{store}: {name}, {death:?}"));
            calls += 1;
        }
        for poll in 1.. {
            let told = over(&scenario, &|inner| inner.drop_at = Some(poll)).await;
            let died = usize::from(told.polls >= poll);
            judge(&told, &ends, died, &format!("{store}: {name}, dropped at poll {poll}"));
            if died == 0 {
                break;
            }
            awaits += 1;
        }
    }
    println!("crash matrix over {store}: {0}/{0} points, {calls}/{calls} calls, {awaits}/{awaits} await points", points.len());
}
