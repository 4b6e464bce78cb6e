-- People who were not selected, each with the days of somebody who was: in the order of a hash of id and seed, the
-- first takes the days of the person who came first, and so on, round and round.
with days as (
    select
        before_anchor,
        after_anchor,
        row_number() over (order by before_anchor, after_anchor, person_id) - 1 as place,
        count(*) over () as people
    from windows
),

others as (
    select
        pool.person_id,
        $birth_month as birth_month,
        row_number() over (order by md5(cast(pool.person_id as varchar) || $salt), pool.person_id) - 1 as place
    from pool
)

select
    others.person_id,
    others.birth_month,
    days.before_anchor,
    days.after_anchor
from others
inner join days on mod(others.place, days.people) = days.place
