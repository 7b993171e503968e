"""Promises of the window, one by one, and the tests that hold each of them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from fake_engine import FakeEngine, finish_run
from PySide6.QtWidgets import QApplication

from studio.kit import icons
from studio.kit.theme import theme
from studio.kit.tokens import THEMES, ThemeName
from studio.plots.contents import Entry, Key
from studio.shell.assembly import Studio
from tests.looks import contrast

TESTS = Path(__file__).resolve().parents[1]
S = "studio"
PROMISES: dict[str, tuple[str, tuple[str, ...]]] = {
    "N1": ("Legend and curve have one color", (
        f"{S}/charts/test_charts.py::test_legend_and_line_have_one_color_while_blocks_begin_and_letters_move",)),
    "N2": ("Times are wall time, and none stands still or runs back", (
        "engine/record/test_state.py::test_blocks_have_all_the_seconds_of_the_run",
        "engine/record/test_state.py::test_pausing_stops_the_clock_and_does_not_turn_it_back",
        "engine/run/test_recorded_progress.py::test_a_run_takes_its_wall_time_and_its_blocks_add_up_to_it",
        "engine/run/test_recorded_progress.py::test_the_whole_never_goes_back",
        "engine/run/test_recorded_progress.py::test_what_is_left_never_stands_still")),
    "N3": ("A drop makes branches, shows its link, and links only what is near", (
        f"{S}/canvas/test_drops.py::test_a_drop_is_previewed_and_lands_as_shown",
        f"{S}/canvas/test_drops.py::test_three_branches_by_dragging_alone",
        f"{S}/canvas/test_routing.py::test_no_link_runs_behind_a_card")),
    "N4": ("Card, inspector and export say one size", (
        f"{S}/test_sizes.py::test_every_widget_says_the_bytes_of_the_card",
        "engine/export/test_sizes.py::test_every_place_says_the_same_of_one_result")),
    "N5": ("A value and its change do not overlap, and a broken result is not green", (
        f"{S}/runview/test_card.py::test_a_value_and_its_change_are_never_painted_over_each_other",
        f"{S}/runview/test_card.py::test_a_result_is_colored_by_what_it_lost")),
    "N6": ("A sweep keeps the value that has a result", (
        f"{S}/canvas/test_variants.py::test_a_sweep_keeps_the_value_that_has_a_result_and_its_figures_stay_with_it",)),
    "N7": ("Watch shows the whole pipeline on a small screen", (
        f"{S}/runs/test_watch.py::test_eight_blocks_are_seen_whole_in_a_small_window",)),
    "N8": ("An engine that died leaves an interrupted run that is offered", (
        f"{S}/runs/test_states.py::test_a_process_that_died_is_interrupted_in_word_and_color",
        f"{S}/runs/test_watch.py::test_what_needs_a_person_stands_above_the_cards")),
    "N9": ("The first minutes of a run are seen", (
        f"{S}/runs/test_watch.py::test_a_card_says_what_is_done_then_what_was_lost",
        "engine/run/test_progress.py::test_every_phase_is_named_when_it_begins")),
    "N10": ("The key of a panel gives the focus to something seen", (
        f"{S}/shell/test_keyboard.py::test_the_key_of_a_panel_gives_the_focus_to_something_seen",)),
    "N11": ("The status bar shows one text at a time", (
        f"{S}/shell/test_statusbar.py::test_a_tip_takes_the_place_of_the_message_and_gives_it_back",)),
    "N12": ("An export that only this program read is amber", (
        f"{S}/export/test_export_panel.py::"
        "test_what_only_this_program_read_is_amber_and_says_how_to_have_it_verified",)),
    "N13": ("All text sizes change at once, those of blocks and cells too", (
        f"{S}/kit/test_text_size.py::test_all_sizes_change_at_once_and_back",
        f"{S}/kit/test_text_size.py::test_blocks_are_as_large_as_the_texts_around_them")),
    "N14": ("Message boxes wrap once", (
        f"{S}/kit/test_plain_text.py::test_message_boxes_break_lines_themselves",)),
    "N15": ("A failed page says why in sentences, can be asked again and keeps what was typed", (
        f"{S}/test_inquiry.py::test_what_failed_is_said_in_sentences_and_can_be_asked_again",
        f"{S}/tryit/test_tryit.py::test_a_message_that_nothing_answered_stays_to_be_sent_again")),
    "N16": ("A check can be canceled and is said everywhere", (
        f"{S}/runs/test_checking.py::test_a_check_can_be_cancelled_and_is_said_everywhere_meanwhile",)),
    "N17": ("Errors and warnings differ at every zoom", (
        f"{S}/canvas/test_drawing.py::test_errors_and_warnings_differ_at_every_zoom",)),
    "N18": ("A swapped method starts anew everywhere", (
        f"{S}/canvas/test_variants.py::test_a_swapped_method_starts_anew_on_card_and_in_the_table",)),
    "N19": ("Outdated results say of which run they are, and states are whole", (
        f"{S}/document/test_session.py::test_results_that_an_edit_outdates_say_of_which_run_they_are",
        f"{S}/runview/test_run_panel.py::test_names_and_times_are_whole_where_the_table_is_narrow")),
    "N20": ("Results are those of the open pipeline first, and name model and text", (
        f"{S}/allresults/test_results.py::test_rows_of_the_open_pipeline_come_first_and_all_others_by_one_click",
        f"{S}/allresults/test_results.py::test_metrics_on_another_text_are_not_compared")),
    "N21": ("The size of a model is that of its files everywhere", (
        "engine/export/test_sizes.py::test_the_estimate_of_a_source_is_its_files",
        "engine/export/test_sizes.py::test_every_place_says_the_same_of_one_result")),
    "N22": ("A run goes by the name of its pipeline", (
        f"{S}/runs/test_renaming.py::test_the_run_follows_the_name_of_its_pipeline",
        f"{S}/document/test_session.py::test_the_run_goes_by_the_name_that_its_pipeline_was_saved_under")),
    "N23": ("A report opens where there is no browser", (
        f"{S}/runs/test_report.py::test_without_a_browser_the_report_is_shown_in_a_window",
        f"{S}/runs/test_report.py::test_without_a_program_for_reports_it_is_said_where_the_file_is")),
    "N24": ("Icons are seen in every theme, and the theme in use has a mark", (
        f"{S}/test_promises.py::test_icons_stand_out_in_every_theme",
        f"{S}/test_promises.py::test_the_theme_in_use_has_a_mark")),
    "N25": ("The distribution of an update says so", (
        f"{S}/charts/test_charts.py::test_a_distribution_says_whether_it_is_of_weights_or_of_an_update",)),
    "N26": ("Tables have ten rows on a small screen, legends one line", (
        f"{S}/inspector/test_inspector.py::test_in_a_low_panel_the_table_has_ten_rows_and_a_strip_beside_it",
        f"{S}/charts/test_chart_tools.py::test_at_rest_a_chart_has_two_controls_at_most")),
    "N27": ("A survey leaves out what can't work, and the queue says when all is done", (
        "engine/run/test_survey.py::test_what_cannot_work_on_the_model_is_left_out_with_the_reason",
        f"{S}/queue/test_queue.py::test_estimates_say_when_all_will_be_done")),
    "N28": ("Names of charts are whole", (
        f"{S}/test_promises.py::test_names_of_charts_are_whole_in_every_size_of_text",)),
    "N29": ("Methods are found by their bits, the best fit first", (
        f"{S}/canvas/test_palette.py::test_bits_find_the_methods_that_offer_them",
        f"{S}/canvas/test_palette.py::test_the_best_fit_is_first",
        f"{S}/canvas/test_palette.py::test_words_that_people_type_find_what_they_mean")),
    "N30": ("Labels say what they are in the words of the field", (
        "test_words.py::test_no_source_holds", "test_words.py::test_labels_say_what_they_are")),
    "N31": ("The folder of an export has no double hyphens", (
        f"{S}/test_sizes.py::test_the_folder_is_named_without_double_hyphens",)),
    "N32": ("A model's block shows its parameters, bits, context and architecture", (
        f"{S}/runs/test_model_facts.py::test_the_block_shows_it_until_it_opens_another_model",)),
    "N33": ("What hangs on the mouse is as large as the block", (
        f"{S}/canvas/test_drops.py::test_what_hangs_on_the_mouse_is_as_large_as_the_block",)),
    "N34": ("No export doubles the model without a word", (
        "engine/export/test_sizes.py::test_the_smallest_that_loses_nothing_comes_first",
        "engine/export/test_sizes.py::test_what_grows_is_said_before_with_both_sizes")),
    "N35": ("Tab leaves the prompt", (f"{S}/shell/test_keyboard.py::test_a_prompt_is_left_with_tab",)),
    "N36": ("Models with a chat template chat", (
        f"{S}/tryit/test_tryit.py::test_models_with_a_chat_template_chat_unless_the_user_chose",)),
}  # fmt: skip

EARLIER: dict[str, tuple[str, tuple[str, ...]]] = {
    "M4": ("A result larger than its source is said before the run and after it", (
        "engine/export/test_sizes.py::test_a_result_that_will_be_larger_is_said_before_the_run",
        "engine/run/test_runner.py::test_a_result_larger_than_its_source_is_a_warning")),
    "M10": ("The memory that is estimated is that of the process", (
        "engine/run/test_estimates_of_runs.py::test_memory_is_promised_within_fifteen_percent_of_what_was_shown",)),
    "m7": ("Ranges of numbers are told, hovering reads values", (
        f"{S}/forms/test_form.py::test_the_range_of_a_number_is_told_before_it_is_wrong",
        f"{S}/charts/test_charts.py::test_all_metrics_are_read_out_at_the_mouse",
        f"{S}/charts/test_charts.py::test_no_value_is_read_out_where_none_was_measured")),
    "m18": ("Small losses have no color of an error", (
        f"{S}/runs/test_states.py::test_a_change_is_colored_by_how_much_is_lost",)),
    "m23": ("Spikes and few values can be read in a distribution", (
        f"{S}/charts/test_charts.py::test_a_spike_is_shown_on_a_logarithmic_scale_until_a_person_chooses",
        f"{S}/charts/test_chart_tools.py::test_weights_with_few_values_are_bars_at_these")),
    "p2": ("What was said of a pause is not said after it", (
        f"{S}/shell/test_window.py::test_what_was_said_of_a_run_is_not_said_in_the_next",
        f"{S}/shell/test_window.py::test_pause_continue_and_cancel_reach_the_engine_and_the_screen")),
    "p10": ("Cards lie over no link", (f"{S}/canvas/test_routing.py::test_no_link_runs_behind_a_card",)),
}  # fmt: skip
"""Of an earlier list: those that are not among the promises above."""
PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Watch": ("Cards of results in a small window, ways back, the first minutes in Charts", (
        f"{S}/runs/test_watch.py::test_branches_are_rows_in_the_order_of_the_pipeline",
        f"{S}/runs/test_watch.py::test_size_ratio_and_coverage_are_seen_of_eight_blocks_in_a_small_window",
        f"{S}/runs/test_watch.py::test_ways_back_to_the_canvas",
        f"{S}/runs/test_watch.py::test_cards_are_chosen_by_mouse_and_keys",
        f"{S}/runs/test_watch.py::test_a_card_says_what_is_done_then_what_was_lost",
        f"{S}/runs/test_watch.py::test_charts_of_reused_results_say_where_they_are")),
    "Canvas": ("Drops make room and become what was shown", (
        f"{S}/canvas/test_drops.py::test_dropped_between_two_it_makes_room",
        f"{S}/canvas/test_drops.py::test_any_drop_becomes_what_was_shown",
        f"{S}/canvas/test_routing.py::test_a_link_over_a_block_of_the_same_row_goes_around_it_and_back")),
    "Panels": ("Tables first, names in view, copies, comparable results alone, layouts by task", (
        f"{S}/allresults/test_results.py::test_the_name_of_a_result_stays_in_view",
        f"{S}/allresults/test_results.py::test_a_table_is_copied_as_markdown",
        f"{S}/allresults/test_results.py::test_order_and_groups_keep_what_is_unknown_last",
        f"{S}/inspector/test_inspector.py::test_copy_is_the_table_as_shown",
        f"{S}/inspector/test_inspector.py::test_filter_by_name_and_role",
        f"{S}/allresults/test_results.py::test_metrics_on_another_text_are_not_compared",
        f"{S}/shell/test_layouts.py::test_a_task_has_its_panels_in_all_the_room_and_gives_it_back",
        f"{S}/models/test_model_dialog.py::test_names_of_recent_models_are_whole",
        f"{S}/fit/test_fit.py::test_totals_are_whole_in_a_narrow_panel")),
    "Charts": ("Few controls, legends of one line, one crosshair", (
        f"{S}/charts/test_chart_tools.py::test_the_keyboard_shows_the_tools_and_reaches_them",
        f"{S}/plots/test_plots.py::test_a_legend_is_one_line_and_its_rest_is_in_a_menu",
        f"{S}/charts/test_chart_tools.py::test_all_charts_show_the_same_step_at_once",
        f"{S}/charts/test_chart_tools.py::test_a_click_pins_the_step_until_it_is_clicked_again",
        f"{S}/charts/test_chart_tools.py::test_weights_with_few_values_are_bars_at_these")),
    "Keys": ("All pages by keys alone, every focus is seen", (
        f"{S}/shell/test_keys_alone.py::test_the_home_page_goes_round",
        f"{S}/shell/test_keys_alone.py::test_the_whole_window_by_keys_alone",
        f"{S}/kit/test_text_size.py::test_all_sizes_change_at_once_and_back")),
    "Words": ("All texts are translated, and fit when they are 40 % longer", (
        f"{S}/test_longer_words.py::test_nothing_is_cut_or_covered",
        f"{S}/test_longer_words.py::test_every_text_is_translated",
        f"{S}/test_longer_words.py::test_dialogs_hold_longer_words",
        f"{S}/test_engine_words.py::test_facts_of_a_model",
        f"{S}/test_engine_words.py::test_plots_that_methods_draw",
        f"{S}/test_catalogs.py::test_no_text_of_the_sources_is_missing",
        "test_words.py::test_no_source_holds")),
    "Pieces": ("Reopening, titles, names, refusals beside the field, news, crash reports", (
        f"{S}/shell/test_reopening.py::test_a_closed_pipeline_is_shown_again_with_what_was_not_saved",
        f"{S}/shell/test_reopening.py::test_the_title_says_the_folder_of_the_file",
        f"{S}/shell/test_reopening.py::test_after_an_update_the_window_says_what_is_new",
        f"{S}/models/test_model_dialog.py::test_a_refusal_is_a_sentence_and_nothing_can_be_added",
        f"{S}/runs/test_surveys.py::test_the_dialog_says_what_methods_cost_and_takes_out_what_cannot_run",
        "engine/service/test_client.py::test_every_kind_of_work_has_its_thread",
        f"{S}/shell/test_crash.py::test_a_report_has_no_paths_and_no_names")),
    "Large work": ("What is not seen costs nothing", (
        f"{S}/test_large_work.py::test_opening_hundreds_of_blocks_looks_at_each_once",
        f"{S}/test_large_work.py::test_links_of_a_large_pipeline_are_led_once",
        f"{S}/test_large_work.py::test_ten_thousand_results_are_scrolled_filtered_and_sorted",
        f"{S}/test_large_work.py::test_twenty_thousand_layers_are_scrolled_filtered_and_sorted",
        f"{S}/test_large_work.py::test_ten_thousand_past_runs_are_not_looked_through_for_a_picture")),
}  # fmt: skip
"""Parts of the window, for what a list of points does not name."""
ALL = {**PROMISES, **EARLIER, **PARTS}


@cache
def names_in(path: str) -> frozenset[str]:
    """Names of the tests of a file."""
    tree = ast.parse((TESTS / path).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("point", ALL)
def test_every_promise_is_held_by_tests_that_exist(point: str) -> None:
    promise, tests = ALL[point]
    assert promise and tests
    for test in tests:
        path, _, name = test.partition("::")
        assert name in names_in(path), f"{promise}: {test}"


def test_no_promise_is_left_out() -> None:
    assert list(PROMISES) == [f"N{number}" for number in range(1, 37)]


@pytest.mark.parametrize("name", list(THEMES))
def test_icons_stand_out_in_every_theme(qapp: QApplication, name: ThemeName) -> None:
    """The darkest or brightest part of each drawing, on all that is behind icons."""
    theme().apply(name)
    tokens = THEMES[name]
    for drawn in icons.names():
        picture = icons.pixmap(drawn, 18, "text", 2.0).toImage()
        pixels = [picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height())]
        solid = [pixel for pixel in pixels if pixel.alpha() > 200]
        for behind in (tokens.window, tokens.surface, tokens.raised):
            assert solid and max(contrast(pixel, behind) for pixel in solid) >= 4.5, (drawn, behind)


def test_the_theme_in_use_has_a_mark(studio: Studio) -> None:
    for choice in ("light", "dark", "contrast"):
        studio.window.table[f"view.theme_{choice}"].trigger()
        marked = [
            name for name in ("light", "dark", "contrast") if studio.window.table[f"view.theme_{name}"].isChecked()
        ]
        assert marked == [choice]


@pytest.mark.parametrize("larger", [0, 5])
def test_names_of_charts_are_whole_in_every_size_of_text(
    studio: Studio, engine: FakeEngine, tmp_path: Path, larger: int
) -> None:
    finish_run(studio, engine, tmp_path)
    studio.window.resize(1280, 720)
    studio.window.workspace.make_panels()
    studio.window.workspace.bring("charts")
    theme().enlarge(larger)
    try:
        QApplication.processEvents()
        contents = studio.window.workspace.panel("charts").contents
        own = [entry for entry in contents._entries if not entry.heading]
        names = ("Tokens per second", "Gradient norm", "Learning rate")
        contents.fill([*own, *(Entry(Key("metrics", name), name, "chart", "Metrics") for name in names)])
        QApplication.processEvents()
        tree = contents._tree
        assert contents.isVisible() and contents.shown()
        for row in range(tree.topLevelItemCount()):
            item = tree.topLevelItem(row)
            for line in (item, *(item.child(n) for n in range(item.childCount()))):
                left = tree.visualItemRect(line).left()
                need = tree.sizeHintForIndex(tree.indexFromItem(line)).width()
                assert need <= tree.viewport().width() - left, line.text(0)
        tabs = studio.window.pages
        assert tabs.tabText(0) == "Home" and tabs.tabRect(0).width() >= tabs.fontMetrics().horizontalAdvance("Home")
        assert tabs.tabRect(1).right() <= tabs.width()
    finally:
        theme().enlarge(0)
