-- No stretch of days away at all, for people of whom no custody is known.
select
    person_id,
    before_anchor as away_from,
    before_anchor as away_to,
    'custody' as reason
from windows
where 1 = 0
