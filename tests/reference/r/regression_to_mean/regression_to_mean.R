# R's answers for lvrn_eval.offending.regression_to_mean, on people made up here.
# Run in this folder: Rscript regression_to_mean.R
suppressMessages({library(jsonlite); library(MASS)})
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20240331)

# people of whom the rule asks `needed` events before; half were referred for an event, and nothing more is asked of them
draw <- function(n, k = 0.8, mean = 1.6 / 365.25) {
  found <- NULL
  while (is.null(found) || nrow(found) < n) {
    triggered <- runif(1) < 0.5
    rate <- rgamma(1, k + triggered, k / mean)
    row <- data.frame(
      needed = if (triggered) 0 else sample(1:2, 1), days_before = sample(c(183, 150), 1),
      days_rest = sample(200:900, 1), days_after = sample(120:183, 1)
    )
    row$before <- rpois(1, rate * row$days_before)
    rest <- rpois(1, rate * row$days_rest)
    row$after <- rpois(1, 0.8 * rate * row$days_after)
    if (row$before + rest >= row$needed) found <- rbind(found, row)
  }
  found
}
people <- draw(160)
write.csv(people, "people.csv", row.names = FALSE)

# people of whom the rule asks as much share a mean rate
# the same likelihood from negative binomial distributions, not from gamma functions
log_likelihood <- function(log_ratio, log_rates, log_shape, d = people) {
  k <- exp(log_shape)
  m <- exp(log_rates)[1 + d$needed]
  beta <- k / m
  t <- exp(log_ratio) * d$days_after
  b <- dnbinom(d$before, size = k, mu = m * d$days_before, log = TRUE)
  a <- dnbinom(d$after, size = k + d$before, mu = t * (k + d$before) / (beta + d$days_before), log = TRUE)
  r <- k + d$before + d$after
  rest <- pnbinom(d$needed - d$before - 1, size = r, mu = d$days_rest * r / (beta + d$days_before + t),
                  lower.tail = FALSE, log.p = TRUE)
  met <- pnbinom(d$needed - 1, size = k, mu = m * (d$days_before + d$days_rest), lower.tail = FALSE, log.p = TRUE)
  sum(b + a + rest - met)
}

best <- function(f, start) {
  for (i in 1:6) {
    found <- optim(start, function(x) -f(x), method = "Nelder-Mead", control = list(reltol = 1e-15, maxit = 20000))
    found <- optim(found$par, function(x) -f(x), method = "BFGS", control = list(reltol = 1e-16, maxit = 2000))
    start <- found$par
  }
  found
}

start <- c(-5.5, -5.5, -5.5, 0)
full <- best(function(x) log_likelihood(x[1], x[2:4], x[5]), c(0, start))
profile <- function(log_ratio) -best(function(x) log_likelihood(log_ratio, x[1:3], x[4]), full$par[2:5])$value
fall <- qchisq(0.95, 1) / 2
edge <- function(from, to) uniroot(function(x) profile(x) + full$value + fall, c(from, to), tol = 1e-9)$root
interval <- exp(c(edge(full$par[1] - 1.5, full$par[1]), edge(full$par[1], full$par[1] + 1.5)))
p_value <- pchisq(2 * (-full$value - profile(0)), 1, lower.tail = FALSE)

# one person's likelihood and expected count by integrating over that person's rate
by_integral <- function(i, log_ratio, log_rates, log_shape) {
  d <- people[i, ]
  k <- exp(log_shape)
  beta <- k / exp(log_rates)[1 + d$needed]
  over <- function(f) {
    integrate(function(u) sapply(u, function(one) f(qgamma(one, k, beta))), 0, 1, rel.tol = 1e-10, subdivisions = 2000)$value
  }
  rest <- function(rate) ppois(d$needed - d$before - 1, rate * d$days_rest, lower.tail = FALSE)
  before <- function(rate) dpois(d$before, rate * d$days_before) * rest(rate)
  after <- function(rate) dpois(d$after, exp(log_ratio) * rate * d$days_after)
  met <- over(function(rate) ppois(d$needed - 1, rate * (d$days_before + d$days_rest), lower.tail = FALSE))
  list(
    log_likelihood = log(over(function(rate) before(rate) * after(rate)) / met),
    expected = d$days_after * over(function(rate) rate * before(rate)) / over(before)
  )
}
chosen <- c(which(people$needed == 0)[1:2], which(people$needed == 1 & people$before == 0)[1],
            which(people$needed == 2 & people$before == 0)[1], which(people$needed == 2 & people$before == 1)[1],
            which(people$needed == 2 & people$before >= 2)[1])
at <- list(log_ratio = -0.2, log_rates = c(-5.3, -5.6, -5.2), log_shape = 0.1)
integrals <- lapply(chosen, function(i) c(list(row = i - 1), by_integral(i, at$log_ratio, at$log_rates, at$log_shape)))

# with no rule and no change, both windows together are one negative binomial count
free <- subset(people, needed == 0)
free$total <- free$before + free$after
glm <- glm.nb(total ~ 1 + offset(log(days_before + days_after)), free, control = glm.control(epsilon = 1e-14, maxit = 200))

write_json(list(
  n = nrow(people), log_likelihood = -full$value, log_ratio = full$par[1], log_rates = full$par[2:4],
  log_shape = full$par[5], interval = interval, p_value = p_value, at = at, integrals = integrals,
  glm_nb = list(log_rate = unname(coef(glm)), shape = glm$theta)
), "answers.json", digits = 14, auto_unbox = TRUE, pretty = TRUE)
writeLines(capture.output(sessionInfo()), "session_info.txt")
