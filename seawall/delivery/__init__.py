"""How models ship: releases to online endpoints, and promotion from one environment to the next.

A release is a file. `decide` says what to do next, as data, and a controller does it:

    plan = planned(load(path, "prod"), path.parent)        # documents.py, planning.py
    state = decode(endpoint.tags)                          # state.py; StateError where someone wrote nonsense
    start = begin(plan, picture, state, now, by=caller)    # decide.py; Refused, or a State that is under way already
    answer = None
    while True:
        readings = Readings(endpoint=picture, answer=answer, command=asked)
        decision = decide(plan, state, readings, now)
        if decision.kind is Kind.DONE: break
        answer = perform(decision.action)                  # Done, Failed, Pending, Measured; None without an action
        state = decode(endpoint.tags)                      # the endpoint is read anew: it is the only memory
        sleep(decision.wait)

Rules for a controller:

- The endpoint is read before each decision. `state` is what its tags say, never what the controller remembers.
- A decision has one action at most. It may be done twice: a controller that was killed has no `answer`, and is told
  the same action again. `SetEndpoint` sets tags, traffic and mirroring in one request, so that they can't disagree.
- An answer holds the action that it is of. One that is no longer asked for is ignored.
- The port retries what passes by itself (429, 409, 503, time-outs). `Failed` is for what doesn't: before there is an
  outcome it rolls the release back (a failed `Measure` is an inconclusive look; a failed `SetEndpoint` or
  `DeleteDeployment` is asked for again).
- `Decision.wait` may be cut short by a command, not by anything else.
- After `state.settled` a controller may stop: what is kept is removed by the next one that comes along.

The machine, which has no clock, SDK or log inside: `state` (the tags), `strategy` (the plan), `readings` and `commands`
(what comes in), `analysis` (verdicts), `actions` and `decision` (what goes out), `moves` (from phase to phase), `watch`
(looks), `answering` (commands), `decide` (all together). The release file: `document` and its sections (`checks`,
`scaling`, `hooks_section`), `source` (YAML), `merging` (environments), `together`, `explain` (what is wrong with it),
`documents` (load, JSON Schema), `planning` (to the machine's plan).
"""
