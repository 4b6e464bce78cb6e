-- One row per person in the records: what the eligibility rules look at, known on the review date.
with by_site as (
    select
        contacts.person_id,
        contacts.site,
        min(case when $engaged then cast(contacts."on" as date) end) as first_day,
        max(case when $engaged then cast(contacts."on" as date) end) as last_day,
        count(case when $engaged and $counts_as_engagement then 1 end) as engagements,
        count(*) as n_records
    from contacts
    group by contacts.person_id, contacts.site
),
activity as (
    select
        person_id,
        min(first_day) as first_contact,
        max(last_day) as last_contact,
        cast(sum(engagements) as bigint) as engagements,
        cast(sum(n_records) as bigint) as n_records
    from by_site
    group by person_id
),
days as (
    select contacts.person_id, count(distinct cast(contacts."on" as date)) as engagement_days
    from contacts
    where $engaged and $counts_as_engagement
    group by contacts.person_id
),
last_site as (
    select person_id, site from (
        select
            person_id,
            site,
            row_number() over (partition by person_id order by last_day desc, site) as place
        from by_site
        where last_day is not null
    ) as ranked
    where place = 1
),
first_referral as (
    select person_id, site, source, referred_on from (
        select
            referrals.person_id,
            referrals.site,
            referrals.source,
            cast(referrals.referred_on as date) as referred_on,
            row_number() over (
                partition by referrals.person_id order by referrals.referred_on, referrals.referral_id
            ) as place
        from referrals
        where cast(referrals.referred_on as date) <= $as_of
    ) as ranked
    where place = 1
),
prior as (
    select activity.person_id, count(*) as prior_events
    from activity
    inner join events on events.person_id = activity.person_id
    where cast(events."on" as date) < activity.first_contact and $qualifies
    group by activity.person_id
)
select
    people.person_id,
    coalesce(last_site.site, first_referral.site, 'not_recorded') as site,
    cast(people.birth_month as date) as birth_month,
    people.sex,
    people.ethnicity,
    people.district,
    first_referral.source as referral_source,
    first_referral.referred_on,
    date_diff('month', cast(people.birth_month as date), date_trunc('month', first_referral.referred_on)) / 12.0
        as age_at_referral,
    activity.first_contact,
    activity.last_contact,
    coalesce(case when $distinct_dates then days.engagement_days else activity.engagements end, 0)
        as mentor_contacts,
    coalesce(prior.prior_events, 0) as prior_events,
    coalesce(activity.n_records, 0) as n_records
from people
left join activity on activity.person_id = people.person_id
left join last_site on last_site.person_id = people.person_id
left join first_referral on first_referral.person_id = people.person_id
left join prior on prior.person_id = people.person_id
left join days on days.person_id = people.person_id
