# R's answers for lvrn_eval.designs: a published case series, and a made-up programme taken apart day by day.
# Run in this folder: Rscript case_series.R
suppressMessages({library(jsonlite); library(gnm); library(sandwich); library(survival)})
tight <- glm.control(epsilon = 1e-14, maxit = 200)

# a row per person and cell -> the conditional fit, its model-based errors, and errors robust to clustering by person
fits <- function(cells, formula) {
  cells$person <- factor(cells$person)
  with_people <- update(formula, . ~ . + person + offset(log(days)))
  plain <- glm(with_people, poisson, cells, control = tight)
  terms <- setdiff(grep("^person|Intercept", names(coef(plain)), invert = TRUE, value = TRUE), character(0))
  gone <- gnm(update(formula, . ~ . + offset(log(days))), eliminate = person, family = poisson, data = cells,
              verbose = FALSE, tolerance = 1e-14)
  robust <- vcovCL(plain, cluster = cells$person, type = "HC0", cadjust = FALSE)
  list(terms = terms, beta = unname(coef(plain)[terms]), se = unname(sqrt(diag(vcov(plain)))[terms]),
       robust_se = unname(sqrt(diag(robust))[terms]), gnm = unname(coef(gone)[terms]))
}

# --- a published example: 10 children, exposed on days 15 to 35 after the vaccination, two groups of age
days <- do.call(rbind, lapply(split(read.csv("oxford.csv"), 1:10), function(p) {
  age <- p$start:p$end
  data.frame(person = p$case, exposed = as.integer(age >= p$mmr + 15 & age <= p$mmr + 35),
             older = as.integer(age >= 548), days = 1, events = as.integer(age == p$event))
}))
oxford <- aggregate(cbind(days, events) ~ older + exposed + person, days, sum)
found <- fits(oxford, events ~ exposed + older)
# the same by conditional logistic regression, a stratum for each event
logistic <- clogit(events ~ exposed + older + strata(person) + offset(log(days)), oxford,
                   control = coxph.control(eps = 1e-13, toler.chol = 1e-14))
found$clogit <- unname(coef(logistic))
found$log_likelihood <- logistic$loglik[2]
write.csv(oxford[order(oxford$person), ], "oxford_cells.csv", row.names = FALSE)

# --- a made-up programme: periods, ages, years and custody
set.seed(20241129)
n <- 90
origin <- as.Date("2019-01-01")
last <- as.Date("2023-12-31")
referred <- origin + 500 + sample(0:700, n, TRUE)
first <- referred + sample(0:60, n, TRUE)
people <- data.frame(person_id = sprintf("p%02d", 1:n), birth_month = as.Date("2004-01-01") + 0,
                     referred_on = referred, first_contact = first, last_contact = first + sample(20:300, n, TRUE))
people$birth_month <- seq(as.Date("2003-02-01"), by = "month", length.out = 48)[sample(48, n, TRUE)]
spell <- sample(n, 18)
begins <- origin + sample(300:1500, 18, TRUE)
custody <- data.frame(person_id = people$person_id[spell], starts_on = begins, ends_on = begins + sample(10:200, 18, TRUE))
custody$ends_on[18] <- NA

# every day of everybody: what it belongs to, by plain comparisons
every <- do.call(rbind, lapply(1:n, function(i) {
  p <- people[i, ]
  day <- seq(origin, last, by = "day")
  before <- min(p$referred_on, p$first_contact - 1)
  period <- ifelse(day > p$last_contact + 183, "after 184",
            ifelse(day > p$last_contact, "after 1",
            ifelse(day >= p$first_contact + 91, "programme 92",
            ifelse(day >= p$first_contact, "programme 1",
            ifelse(day > before, "waiting",
            ifelse(day > before - 90, "pre_referral", "baseline"))))))
  turned <- function(years) seq(p$birth_month, by = paste(years, "years"), length.out = 2)[2]
  age <- ifelse(day >= turned(18), 18, ifelse(day >= turned(16), 16, 0))
  away <- rep(FALSE, length(day))
  for (j in which(custody$person_id == p$person_id)) {
    ends <- if (is.na(custody$ends_on[j])) last + 1 else custody$ends_on[j]
    away <- away | (day > custody$starts_on[j] & day < ends)
  }
  data.frame(person = p$person_id, day, period, age, year = as.integer(format(day, "%Y")) >= 2022, away)
}))
every$period <- factor(every$period, c("baseline", "pre_referral", "waiting", "programme 1", "programme 92", "after 1", "after 184"))
rate <- 0.9 / 365.25 * rep(rgamma(n, 1.2, 1.2), each = sum(every$person == "p01")) *
  c(1, 2.4, 1.4, 0.8, 0.6, 0.7, 0.8)[every$period] * ifelse(every$age == 18, 0.8, ifelse(every$age == 16, 1.2, 1)) *
  ifelse(every$year, 0.9, 1)
every$events <- rpois(nrow(every), rate)
took <- every[rep(seq_len(nrow(every)), every$events), ]
events <- data.frame(person_id = took$person, on = took$day, kind = "suspect")
others <- events[sample(nrow(events), 40), ]
others$kind <- "charge"
events <- rbind(events, others)[sample(nrow(events) + 40), ]

cells <- function(d) {
  all <- aggregate(cbind(days, events) ~ person + period + age + year, transform(d[!d$away, ], days = 1), sum)
  all <- all[all$person %in% names(which(tapply(all$events, all$person, sum) > 0)), ]
  all$age <- factor(all$age)
  all
}
of <- cells(every)
made <- list(
  periods = fits(aggregate(cbind(days, events) ~ person + period, of, sum), events ~ period),
  ages = fits(aggregate(cbind(days, events) ~ person + period + age, of, sum), events ~ period + age),
  all = fits(of, events ~ period + age + year)
)
# only the first event of each person on a day at risk
at_risk <- every[!every$away & every$events > 0, ]
firsts <- at_risk[!duplicated(at_risk$person), ]
only <- every
only$events <- as.integer(paste(only$person, only$day) %in% paste(firsts$person, firsts$day))
once <- cells(only)
made$first <- fits(aggregate(cbind(days, events) ~ person + period, once, sum), events ~ period)

# observed and expected by month under the model of periods, day by day
by_period <- aggregate(cbind(days, events) ~ person + period, of, sum)
ratio <- exp(c(0, made$periods$beta))[as.integer(by_period$period)]
total <- tapply(by_period$days * ratio, by_period$person, sum)
had <- tapply(by_period$events, by_period$person, sum)
free <- every[!every$away & every$person %in% names(total), ]
free$expected <- exp(c(0, made$periods$beta))[as.integer(free$period)] * (had / total)[as.character(free$person)]
months <- aggregate(cbind(events, expected) ~ format(day, "%Y-%m"), free, sum)

# by what ratio months are away from what is expected, up or down with even chances, and whether by more than 1.10
away <- function(observed, expected, largest) {
  likelihood <- function(t) sum(log((dpois(observed, expected * exp(t)) + dpois(observed, expected * exp(-t))) / 2))
  best <- optimize(likelihood, c(0, log(100)), maximum = TRUE, tol = 1e-12)
  root <- sign(best$maximum - log(largest)) * sqrt(2 * (best$objective - likelihood(log(largest))))
  c(exp(best$maximum), pnorm(root, lower.tail = FALSE))
}
uneven <- rep(c(0.6, 1.5), length.out = nrow(months))

write.csv(people, "people.csv", row.names = FALSE)
write.csv(events, "events.csv", row.names = FALSE)
write.csv(custody, "custody.csv", row.names = FALSE)
write_json(list(oxford = found, made = made, months = list(observed = months$events, expected = months$expected,
                away = away(months$events, months$expected, 1.10), away_half = away(months$events, months$expected, 1.05),
                uneven = away(months$events, months$expected * uneven, 1.10))),
           "case_series.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
writeLines(c(R.version.string, paste(c("gnm", "sandwich", "survival", "jsonlite"),
             sapply(c("gnm", "sandwich", "survival", "jsonlite"), function(p) as.character(packageVersion(p))))),
           "session_info.txt")
