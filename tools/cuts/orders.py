"""Lines without which an order is carried out twice, too late, for somebody else's workspace, or for nobody who may."""

from __future__ import annotations

from tools.cuts.cut import Cut

RULES = "helium/core/order_rules.py"
ORDERS = "helium/reconcile/orders.py"
PASSES = "tests/reconcile/test_orders.py::"
GIVEN = "tests/cli/test_operate.py::"
OFFERED, PRESSED = "helium/api/offered_orders.py", "tests/pages/test_orders.py::"

CUTS = (
    Cut(
        "order-of-an-admin",
        RULES,
        "    if not fleet.is_admin(order.by):\n",
        "    if False:\n",
        f"{PASSES}test_an_order_of_somebody_who_is_no_admin_any_more_is_refused",
    ),
    Cut(
        "order-given-by-an-admin",
        "helium/app/orders.py",
        "    if not fleet.fleet.is_admin(giver.mail):\n",
        "    if False:\n",
        f"{GIVEN}test_only_an_admin_gives_orders",
    ),
    Cut(
        "order-of-a-run-that-was-chosen",
        "helium/app/orders.py",
        "        if settings.attempt > 1 or settings.started_again_by.lower() != actor.lower():\n",
        "        if False:\n",
        f"{GIVEN}test_in_ci_the_account_that_pressed_the_button_counts",
    ),
    Cut(
        "one-run-one-order",
        "helium/app/orders.py",
        "        if known is not None:\n",
        "        if False:\n",
        f"{GIVEN}test_one_run_gives_one_order",
    ),
    Cut(
        "order-in-time",
        RULES,
        "    if now >= order.until:\n",
        "    if False:\n",
        f"{PASSES}test_an_expired_order_is_dropped_and_said",
    ),
    Cut(
        "order-about-what-was-seen",
        RULES,
        "    if seen != order.saw:\n",
        "    if False:\n",
        f"{PASSES}test_an_order_for_a_name_that_changed_hands_is_refused",
    ),
    Cut(
        "order-for-the-pass-at-work",
        RULES,
        "    if lease is not None and lease.run != run.id and not run.free(lease, now):\n",
        "    if False:\n",
        "tests/core/test_order.py::test_orders_are_for_the_pass_that_is_at_work",
    ),
    Cut(
        "order-begun-by-one",
        "helium/adapters/ledger/merge.py",
        "        if head.order_blobs.get(id) != on.order_blobs.get(id):\n",
        "        if False:\n",
        f"{PASSES}test_an_order_that_somebody_takes_first_is_theirs",
    ),
    Cut(
        "order-as-it-was-read",
        ORDERS,
        "    if snapshot.orders.get(order.id) != order:\n",
        "    if False:\n",
        f"{PASSES}test_an_order_that_was_carried_out_meanwhile_is_not_begun_again",
    ),
    Cut(
        "order-begun-with-its-announcement",
        "helium/reconcile/term.py",
        "            if options.order:\n",
        "            if False:\n",
        f"{PASSES}test_killed_after_it_began_the_order_is_told_as_cut_short",
    ),
    Cut(
        "repair-begun-before-it-is-done",
        ORDERS,
        "        self.ports.ledger.write(Writes(orders={order.id: begun}, "
        'message=f"Begin the order {order.id}"), on=snapshot)\n',
        "",
        f"{PASSES}test_a_killed_repair_is_not_done_twice",
    ),
    Cut(
        "begun-order-is-not-begun-again",
        ORDERS,
        "        if order.begun is not None:\n",
        "        if False:\n",
        f"{PASSES}test_a_killed_repair_is_not_done_twice",
    ),
    Cut(
        "order-does-nothing-that-a-safeguard-holds",
        "helium/reconcile/order_options.py",
        "    if refusals := _refusals(order, decided.plan):\n",
        "    if refusals := ():\n",
        f"{PASSES}test_a_digest_of_other_deletes_releases_nothing",
    ),
    Cut(
        "order-by-the-engine-of-these-settings",
        ORDERS,
        '            raise SettingsMovedError(f"This pass ends, and the next one goes on: {why}.")\n',
        "            pass\n",
        f"{PASSES}test_other_settings_on_main_leave_the_order_to_the_next_pass",
    ),
    Cut(
        "release-of-what-was-shown",
        RULES,
        "    if sees is Sees.ITSELF and not order.names:\n",
        "    if sees is Sees.ITSELF:\n",
        "tests/core/test_order.py::test_a_release_with_names_is_bound_to_what_each_of_them_is",
    ),
    Cut(
        "offer-of-exactly-the-names-shown",
        "helium/reconcile/order_offers.py",
        "        if digest_of == deletes_digest(refusal.names):\n",
        "        if refusal.override.startswith(_DELETES):\n",
        "tests/reconcile/test_order_offers.py::test_a_digest_of_other_names_than_those_that_are_shown_is_not_offered",
    ),
    Cut(
        "pressed-as-it-was-seen",
        OFFERED,
        "if (each.kind, each.seen) == (kind, seen))\n",
        "if each.kind == kind)\n",
        f"{PRESSED}test_what_changed_since_it_was_seen_orders_nothing",
    ),
    Cut(
        "pressed-by-an-admin",
        OFFERED,
        "        if refusal := why_may_not(caller, index.fleet):\n",
        '        if refusal := "":\n',
        f"{PRESSED}test_the_role_of_the_page_is_needed_as_well",
    ),
    Cut(
        "pressed-once",
        "helium/app/orders.py",
        '        id=draft.id or (f"ci-{settings.run_id}" if settings.run_id else own),\n',
        '        id=f"ci-{settings.run_id}" if settings.run_id else own,\n',
        "tests/cli/test_server_orders.py::test_the_same_press_is_one_order",
    ),
)
