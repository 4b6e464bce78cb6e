# R's answers for event_study: gamma intervals for clustered counts, and a made-up programme taken apart day by day.
# Run in this folder: Rscript event_study.R
suppressMessages({library(jsonlite); library(epitools)})

# events that come so many to a person: a weighted sum of Poisson counts, the weights the sizes of the clusters
gamma_limits <- function(sizes, level) {
  counts <- table(sizes)
  weight <- as.numeric(names(counts))
  # with one person-time for all, a stratum's weight in the adjusted rate is its share of the standard population
  found <- ageadjust.direct(as.numeric(counts), rep(1, length(counts)), stdpop = weight, conf.level = level)
  unname(found[c("adj.rate", "lci", "uci")] * sum(weight))
}
cases <- list(one_each = rep(1, 7), two_of_some = c(1, 1, 2, 2, 3), one_with_many = c(1, 1, 9), alone = 4)
intervals <- lapply(cases, function(sizes) {
  list(sizes = sizes, c95 = gamma_limits(sizes, 0.95), c80 = gamma_limits(sizes, 0.8),
       exact = as.numeric(poisson.test(sum(sizes))$conf.int))
})
nobody <- as.numeric(poisson.test(0)$conf.int)

# every day of everybody around the referral, on the records of the case series
at <- function(name) file.path("..", "case_series", name)
people <- read.csv(at("people.csv"))
events <- read.csv(at("events.csv"))
custody <- read.csv(at("custody.csv"))
people$referred_on <- as.Date(people$referred_on)
events <- events[events$kind == "suspect", ]
first <- as.Date("2019-01-01")
last <- as.Date("2023-12-31")
length_of_month <- 365.25 / 12
rows <- do.call(rbind, lapply(seq_len(nrow(people)), function(i) {
  p <- people[i, ]
  day <- seq(first, last, by = "day")
  from <- as.numeric(day - p$referred_on)
  edges <- floor((-24:24) * length_of_month)
  month <- findInterval(from, edges) - 25
  away <- rep(FALSE, length(day))
  for (j in which(custody$person_id == p$person_id)) {
    ends <- if (is.na(custody$ends_on[j]) || custody$ends_on[j] == "") last + 1 else as.Date(custody$ends_on[j])
    away <- away | (day > as.Date(custody$starts_on[j]) & day < ends)
  }
  own <- as.Date(events$on[events$person_id == p$person_id])
  had <- as.integer(table(factor(own, levels = as.character(day))))
  kept <- !away & from >= edges[1] & from < edges[49]
  data.frame(person = p$person_id, month = month[kept], days = 1, events = had[kept])
}))
each <- aggregate(cbind(days, events) ~ person + month, rows, sum)
months <- data.frame(month = -24:23)
months$people <- as.integer(table(factor(each$month, levels = months$month)))
months$events <- as.integer(tapply(each$events, factor(each$month, levels = months$month), sum))
months$days <- as.integer(tapply(each$days, factor(each$month, levels = months$month), sum))
months$lower <- NA
months$upper <- NA
for (m in seq_len(nrow(months))) {
  sizes <- each$events[each$month == months$month[m] & each$events > 0]
  if (length(sizes)) months[m, c("lower", "upper")] <- gamma_limits(sizes, 0.95)[2:3]
}
write_json(list(intervals = intervals, nobody = nobody, months = months), "event_study.json", digits = NA,
           auto_unbox = TRUE, pretty = TRUE)
writeLines(c(R.version.string, paste(c("epitools", "jsonlite"),
             sapply(c("epitools", "jsonlite"), function(p) as.character(packageVersion(p))))), "session_info.txt")
