"""Lines where Helium meets the world: Pulumi, the ledger's branch, git, and what a person is shown."""

from __future__ import annotations

from tools.cuts.cut import DELETING, Cut

ENGINE = "helium/adapters/engine/engine.py"

CUTS = (
    Cut(
        "main-is-followed-back",
        "helium/adapters/git_repo/walk.py",
        "    if detour := _detour(clone, bounds):\n",
        '    if detour := "":\n',
        f"{DELETING}test_history.py::test_a_merge_pushed_the_wrong_way_round_begins_no_new_incarnation",
    ),
    Cut(
        "left-by-a-destroy",
        "helium/adapters/engine/removal.py",
        "    if left := state.left_by_a_destroy:\n",
        "    if left := ():\n",
        f"{DELETING}test_retained.py",
    ),
    Cut(
        "pids-of-one-view",
        "helium/app/run.py",
        '.strip()} {pids}"',
        '.strip()}"',
        "tests/app/test_app.py::test_pids_are_told_apart_by_who_sees_them",
    ),
    Cut(
        "protect",
        ENGINE,
        "IGNORE_PROTECT if options.allow_replace else {}",
        "IGNORE_PROTECT",
        f"{DELETING}test_proof.py::test_what_would_replace_data_is_refused_until_a_person_names_it",
    ),
    Cut(
        "proof-never-forced",
        "helium/adapters/engine/removal.py",
        '("stack", "rm", str(stack), "--yes", "--remove-backups")',
        '("stack", "rm", str(stack), "--yes", "--remove-backups", "--force")',
        "tests/adapters/engine/test_contract.py::test_a_stack_that_holds_something_is_not_removed",
    ),
    Cut(
        "proof-resolves-pending-first",
        ENGINE,
        "            state, held_up = "
        "self._resolved(stack, ends=ends, assume_absent=assume_absent, renew=renew, repair=repair)\n",
        '            state, held_up = self._export(stack), ""\n',
        "tests/adapters/engine/test_resolve_pending.py::test_killed_in_a_create_it_is_destroyed",
    ),
    Cut(
        "same-cluster-in-the-engine",
        ENGINE,
        "        self._refuse_wrong_cluster(stack, ownership)\n        with",
        "        with",
        f"{DELETING}test_wrong_cluster.py::test_a_name_that_leads_to_another_cluster_destroys_nothing",
    ),
    Cut(
        "cluster-in-the-ownership",
        ENGINE,
        "            cluster=self._access.known_by(workspace.ownership),\n",
        "",
        f"{DELETING}test_wrong_cluster.py::test_a_name_that_leads_to_another_cluster_destroys_nothing",
    ),
    Cut(
        "failed-create-remembered",
        "helium/adapters/engine/jobs.py",
        "            self._write_back(job.stack, reply)\n",
        "",
        "tests/adapters/engine/test_resolve_pending.py::test_a_provider_that_dies_converges",
    ),
    Cut(
        "orphaned-worker-remembers",
        "helium/adapters/engine/worker.py",
        "                _write_back(job, reply, hello=hello)\n",
        "                pass\n",
        "tests/adapters/engine/test_resolve_pending.py::test_what_was_created_while_nobody_was_left_to_hear_of_it_is_known",
    ),
    Cut(
        "state-folder-must-be-there",
        "helium/adapters/engine/listing.py",
        "    if not folder.is_dir():\n",
        "    if False:\n",
        f"{DELETING}test_state.py::test_a_state_url_with_a_typing_mistake_is_an_error",
    ),
    Cut(
        "late-is-not-begun",
        "helium/adapters/engine/command.py",
        "if self.begin_by is not None and time.time() > self.begin_by:",
        "if False:",
        "tests/adapters/engine/test_process.py::test_what_slept_before_it_began_is_not_begun",
    ),
    Cut(
        "suspended-pulumi-is-ended-first",
        "helium/adapters/engine/jobs.py",
        "            end(lock)\n",
        "            pass\n",
        "tests/adapters/engine/test_process.py::test_who_sleeps_with_a_lock_is_ended_when_it_is_broken",
    ),
    Cut(
        "suspended-pulumi-is-ended-by-unlock",
        "helium/adapters/engine/jobs.py",
        " or (locks_on(stack, folder) if folder else ())",
        " or ()",
        "tests/adapters/engine/test_sleepers.py",
    ),
    Cut(
        "lock-of-another-machine",
        "helium/adapters/engine/locks.py",
        "    if lock.host != socket.gethostname():\n        return False\n",
        "",
        "tests/adapters/engine/test_process.py::test_a_lock_of_another_machine_is_respected",
    ),
    Cut(
        "log-only-grows",
        "helium/adapters/ledger/tree.py",
        'whole + b"".join(line for line in lines if line not in whole)',
        'b"".join(line for line in lines if line not in whole)',
        "tests/adapters/ledger/test_branch.py::test_old_lines_are_never_rewritten",
    ),
    Cut(
        "redactor",
        "helium/adapters/engine/redact.py",
        "            text = text.replace(form, SHOWN)\n",
        "            pass\n",
        "tests/adapters/engine/test_redact.py",
    ),
    Cut(
        "workspaces-is-a-folder",
        "helium/adapters/git_repo/read.py",
        "    if WORKSPACES in tree and tree[WORKSPACES].filemode != FOLDER:\n",
        "    if False:\n",
        f"{DELETING}test_state.py::test_workspaces_that_is_no_folder_is_a_named_error",
    ),
    Cut(
        "strangers-are-not-ours",
        "helium/adapters/engine/resolve_pending.py",
        "        strangers = _strangers(state, lost_creates)\n",
        "        strangers: tuple[LostCreate, ...] = ()\n",
        f"{DELETING}test_ways.py::test_the_bucket_of_a_fleet_with_a_longer_name_is_not_ours",
    ),
    Cut(
        "newer-record-stays",
        "helium/adapters/ledger/merge.py",
        "    if _of_newer(known) or (",
        "    if (",
        "tests/adapters/ledger/test_branch.py::test_a_record_of_a_newer_format_that_cannot_be_read_is_left_alone",
    ),
    Cut(
        "newer-record-is-not-rebuilt",
        "helium/app/rebuild.py",
        "    refuse_newer(snapshot.records)\n",
        "",
        f"{DELETING}test_state.py::test_a_rebuild_leaves_what_a_newer_helium_wrote",
    ),
    Cut(
        "credential-of-today",
        "helium/adapters/engine/clusters.py",
        'return {"KUBECONFIG": str(path)}',
        "return {}",
        f"{DELETING}test_credential.py::test_a_destroy_needs_nothing_of_the_day_of_creation",
    ),
    Cut(
        "texts-in-texts",
        "helium/adapters/engine/redact.py",
        "SHALLOW, DEEP = 2, 4\n",
        "SHALLOW, DEEP = 0, 2\n",
        f"{DELETING}test_secrets.py::test_a_helm_error_with_the_values_in_it_tells_no_secret",
    ),
    Cut(
        "worker-log-without-a-name",
        "helium/adapters/engine/pool.py",
        "        with tempfile.TemporaryFile() as words:\n",
        '        with (settings.work / "worker.log").open("w+b") as words:\n',
        f"{DELETING}test_secrets.py::test_no_work_folder_holds_a_secret_in_clear_while_a_pass_runs",
    ),
)
