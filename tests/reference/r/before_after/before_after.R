# R's answers for the estimates of lvrn_eval.offending beside the first ones, on MASS epil (../offending/epil_prepost.csv).
# Run in this folder: Rscript before_after.R
suppressMessages({
  library(jsonlite); library(MASS); library(sandwich); library(gnm); library(geepack); library(lme4)
  library(effectsize); library(boot); library(survival)
})
people <- read.csv("../offending/epil_prepost.csv")
n <- nrow(people)
# the same invented days as in ../offending/epil_offending.R
people$days_before <- 56 + (people$subject * 7) %% 50
people$days_after <- 30 + (people$subject * 5) %% 41

long <- function(d, before, after) {
  data.frame(subject = factor(rep(d$subject, 2)), period = rep(0:1, each = nrow(d)), y = c(d$base, d$post),
             days = c(before, after))
}
tight <- glm.control(epsilon = 1e-14, maxit = 200)

fixed <- function(frame) {
  dummies <- glm(y ~ period + subject + offset(log(days)), poisson, frame, control = tight)
  eliminated <- gnm(y ~ period + offset(log(days)), eliminate = subject, family = poisson, data = frame,
                    tolerance = 1e-14, verbose = FALSE)
  robust <- sqrt(diag(vcovCL(dummies, cluster = frame$subject, type = "HC0", cadjust = FALSE)))
  list(log_ratio = unname(coef(dummies)["period"]), robust_se = unname(robust["period"]),
       log_ratio_gnm = unname(coef(eliminated)["period"]))
}

# each event is a case, matched on the person: the log odds of its being late, days as offset, is the log rate ratio
conditional_logit <- function(frame) {
  total <- tapply(frame$y, frame$subject, sum)
  events <- do.call(rbind, lapply(names(total)[total > 0 & total <= 40], function(s) {
    d <- frame[frame$subject == s, ]
    data.frame(set = rep(paste(s, seq_len(sum(d$y))), each = 2), period = rep(0:1, sum(d$y)), days = rep(d$days, sum(d$y)),
               case = c(rbind(rep(c(1, 0), d$y), rep(c(0, 1), d$y))))
  }))
  fit <- clogit(case ~ period + offset(log(days)) + strata(set), events, control = coxph.control(eps = 1e-11, toler.chol = 1e-13))
  list(log_ratio = unname(coef(fit)), se = sqrt(vcov(fit)[1, 1]))
}

marginal <- function(frame) {
  frame <- frame[order(frame$subject), ]
  gee <- geeglm(y ~ period + offset(log(days)), family = poisson, data = frame, id = subject, corstr = "independence")
  list(log_ratio = unname(coef(gee)["period"]), robust_se = summary(gee)$coefficients["period", "Std.err"])
}

negative_binomial <- function(frame) {
  fit <- glm.nb(y ~ period + offset(log(days)), frame, control = tight)
  at_theta <- glm(y ~ period + offset(log(days)), negative.binomial(fit$theta), frame, control = tight)
  robust <- sqrt(diag(vcovCL(at_theta, cluster = frame$subject, type = "HC0", cadjust = FALSE)))
  list(alpha = 1 / fit$theta, log_ratio = unname(coef(at_theta)["period"]), robust_se = unname(robust["period"]))
}

# the likelihood of a gamma person effect by numerical integration over the effect, not by its closed form
integrated <- function(x, d, before, after) {
  k <- exp(x[3])
  sum(mapply(function(b, a, s, t) {
    f <- function(u) dpois(b, s * exp(x[1]) * u) * dpois(a, t * exp(x[1] + x[2]) * u) * dgamma(u, k, k)
    peak <- (b + a + k) / (k + exp(x[1]) * (s + t * exp(x[2])))
    cut <- peak * c(0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 6, 20)
    log(sum(sapply(seq_len(length(cut) - 1), function(i) integrate(f, cut[i], cut[i + 1], rel.tol = 1e-11)$value)))
  }, d$base, d$post, before, after))
}
random <- function(d, before, after, start) {
  value <- function(x) -integrated(x, d, before, after)
  # a step beyond what doubles hold gives an infinite value, of which nlm warns
  found <- suppressWarnings(nlm(value, start, gradtol = 1e-9, steptol = 1e-10, iterlim = 200))
  list(at = start, log_likelihood = -value(start), at_other = start + c(0.1, -0.2, 0.3),
       log_likelihood_other = -value(start + c(0.1, -0.2, 0.3)), best = found$estimate,
       se = sqrt(diag(solve(optimHess(found$estimate, value))))[2])
}

answers <- list()
for (days in c("equal", "unequal")) {
  before <- if (days == "equal") rep(56, n) else people$days_before
  after <- if (days == "equal") rep(56, n) else people$days_after
  frame <- long(people, before, after)
  normal <- glmer(y ~ period + offset(log(days)) + (1 | subject), frame, poisson, nAGQ = 25)
  answers[[days]] <- list(
    fixed = fixed(frame), clogit = conditional_logit(frame), marginal = marginal(frame),
    negative_binomial = negative_binomial(frame),
    random = random(people, before, after, c(-1, if (days == "equal") 0.056 else 0.5, 0.5)),
    normal_person_effect = list(log_ratio = unname(fixef(normal)["period"]), se = sqrt(vcov(normal)[2, 2]))
  )
}

# typical change: without ties from wilcox.test, with ties and zeros from all averages listed
untied <- c(1, -2, 4, 7, -11, 16, 23, -29, 37, 46, -56, 67)
typical <- function(x, level) {
  test <- wilcox.test(x, conf.int = TRUE, conf.level = level, exact = TRUE)
  list(estimate = unname(test$estimate), interval = as.numeric(test$conf.int))
}
listed <- function(x, level) {
  all <- outer(x, x, "+") / 2
  all <- sort(all[upper.tri(all, diag = TRUE)])
  k <- qsignrank((1 - level) / 2, length(x))
  list(estimate = median(all), interval = c(all[k], all[length(all) + 1 - k]))
}
change <- people$post - people$base
answers$typical <- list(
  untied = untied, untied_95 = typical(untied, 0.95), untied_90 = typical(untied, 0.9),
  epil_95 = listed(change, 0.95), epil_99 = listed(change, 0.99), epil_12 = listed(change[1:12], 0.95)
)

shown <- function(d, level) {
  rank <- rank_biserial(d$post - d$base, ci = level)
  g <- hedges_g(d$post, d$base, paired = TRUE, ci = level)
  list(rank = c(rank$r_rank_biserial, rank$CI_low, rank$CI_high), g_z = c(g$Hedges_g, g$CI_low, g$CI_high))
}
answers$sizes <- list(epil_95 = shown(people, 0.95), epil_90 = shown(people, 0.9), epil_12 = shown(people[1:12, ], 0.95))

set.seed(20240331)
log_ratio <- function(d, i) log(sum(d$post[i]) / sum(d$days_after[i])) - log(sum(d$base[i]) / sum(d$days_before[i]))
drawn <- boot(people, log_ratio, R = 999)
# empinf takes the whole estimate as the centre; the acceleration is about the mean of those with one left out
jack <- empinf(drawn, type = "jack")
jack <- jack - mean(jack)
answers$boot <- list(
  draws = as.numeric(drawn$t), estimate = drawn$t0, acceleration = sum(jack^3) / (6 * sum(jack^2)^1.5),
  std_error = sd(drawn$t), bca = boot.ci(drawn, type = "bca", L = jack)$bca[4:5]
)

write_json(answers, "before_after.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
writeLines(c(R.version.string, sapply(
  c("MASS", "sandwich", "gnm", "geepack", "lme4", "effectsize", "boot", "survival", "jsonlite"),
  function(p) paste(p, packageVersion(p))
)), "session_info.txt")
