-- Rows nothing can be scored of; a questionnaire has one row per scale.
select
    count(*) filter (where person_id is null) as unnamed,
    count(*) filter (where reason = 'version_missing') as no_version
from scored
