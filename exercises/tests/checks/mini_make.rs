//! What your `plan`, `run_recipe` and `build` must do, step by step.

use grader::{Check, Suite};

use super::answers::mini_make::{NoPlan, Report, Rule, build, parse, plan, run_recipe};

#[path = "mini_make/at_once.rs"]
mod at_once;
#[path = "mini_make/failures.rs"]
mod failures;
#[path = "mini_make/order.rs"]
mod order;
#[path = "programs.rs"]
mod programs;
#[path = "mini_make/project.rs"]
mod project;
#[path = "mini_make/recipe.rs"]
mod recipe;
#[path = "mini_make/signals.rs"]
mod signals;
#[path = "tools.rs"]
mod tools;

pub(crate) fn suite() -> Suite {
    let steps = [
        order::step_1(),
        recipe::step_2(),
        at_once::step_3(),
        failures::step_4(),
        signals::step_5(),
    ];
    Suite::new("mini_make", steps.into_iter().flatten().map(Check::programs_print))
}
