-- How many people come under observation, have the event and are censored at every time, by group and stratum.
with everyone as (
    select
        $by as by_value,
        $strata as strata_value,
        $time as leaves,
        $entry as enters,
        $event as event,
        $weights as people
    from data
),

moves as (
    select by_value, strata_value, leaves as moment, 0.0 as entered, people * event as events,
        people * (1 - event) as censored
    from everyone
    where people > 0
    union all
    select by_value, strata_value, enters as moment, people as entered, 0.0 as events, 0.0 as censored
    from everyone
    where people > 0 and enters > 0
)

select by_value, strata_value, moment, sum(entered) as entered, sum(events) as events, sum(censored) as censored
from moves
group by by_value, strata_value, moment
