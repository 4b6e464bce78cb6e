-- Spells in custody that cannot be.
select
    count(*) filter (where person_id is null) as unnamed,
    count(*) filter (where starts_on is null) as no_start,
    count(*) filter (where cast(ends_on as date) < cast(starts_on as date)) as reversed
from custody
