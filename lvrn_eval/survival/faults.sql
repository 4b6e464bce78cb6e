-- How many rows break each rule of the inputs. NaN counts as larger than any number on every engine.
with everyone as (
    select
        $by as by_value,
        $strata as strata_value,
        $time as leaves,
        $entry as enters,
        $event as event,
        $event_known as event_known,
        $weights as people
    from data
)

select
    count(*) as "rows",
    count(*) filter (where leaves is null or abs(leaves) >= 1e300) as time_missing,
    count(*) filter (where leaves < 0 and leaves > -1e300) as time_negative,
    count(*) filter (where event is null or abs(event) >= 1e300) as event_missing,
    count(*) filter (where not event_known and abs(event) < 1e300) as event_other,
    count(*) filter (where by_value is null) as by_missing,
    count(*) filter (where enters is null or abs(enters) >= 1e300) as entry_missing,
    count(*) filter (where enters < 0 and enters > -1e300) as entry_negative,
    count(*) filter (where enters >= leaves and leaves >= 0 and abs(enters) < 1e300 and abs(leaves) < 1e300)
        as entry_late,
    count(*) filter (where people is null or abs(people) >= 1e300) as weights_missing,
    count(*) filter (where people < 0 and people > -1e300) as weights_negative,
    count(*) filter (where people <> floor(people) and people > 0 and people < 1e300) as weights_fraction,
    count(*) filter (where people = 0) as weights_zero,
    count(*) filter (where strata_value is null) as strata_missing
from everyone
