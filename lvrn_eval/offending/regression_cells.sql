-- How many people share the same counts, days at risk and standing to the rule. It names nobody.
select
    needed,
    met_without_before,
    met_without_earlier,
    met_without_both,
    washout,
    raw,
    before,
    earlier,
    after,
    days_washout,
    days_raw,
    days_before,
    days_earlier,
    days_rest,
    days_after,
    count(*) as people
from people
where met
group by
    needed, met_without_before, met_without_earlier, met_without_both, washout, raw, before, earlier, after,
    days_washout, days_raw, days_before, days_earlier, days_rest, days_after
-- sums of floating numbers depend on the order of their terms: a stated order gives the same digits every time
order by
    needed, met_without_before, met_without_earlier, met_without_both, washout, raw, before, earlier, after,
    days_washout, days_raw, days_before, days_earlier, days_rest, days_after
