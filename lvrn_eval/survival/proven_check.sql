-- Proofs that cannot be placed.
select
    count(*) as proofs,
    count(*) filter (where events.proved_on is null) as undated,
    count(*) filter (where cast(events.proved_on as date) < cast(events."on" as date)) as reversed
from events
where $proof
