-- How many people come under observation (code -1), are censored (0) and have each event (1, 2, ...) at every time.
with everyone as (
    select
        $by as by_value,
        $strata as strata_value,
        $time as leaves,
        $entry as enters,
        $event as code,
        $weights as people
    from data
),

moves as (
    select by_value, strata_value, leaves as moment, code, people
    from everyone
    where people > 0
    union all
    select by_value, strata_value, enters as moment, -1.0 as code, people
    from everyone
    where people > 0 and enters > 0
)

select by_value, strata_value, moment, code, sum(people) as people
from moves
group by by_value, strata_value, moment, code
