<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>Actions</name>
    <message>
        <source>&amp;New pipeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Create an empty pipeline.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Open pipeline…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a pipeline file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reopen &amp;closed pipeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the pipeline that was closed last, with its unsaved changes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open &amp;model…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inspect a model&apos;s structure and add it to the canvas: a folder, a GGUF file or a hub id.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open model car&amp;d…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show how an export was made, make it again and compare: a folder, a GGUF file or a hub id.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Home</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the home page: the sample, recent runs, templates for all methods.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Back to the pipeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave the home page.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the pipeline.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save &amp;as…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the pipeline under another name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Export a model…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export a compressed model for other programs and verify it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close the studio.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo the last change.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redo the last undone change.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cu&amp;t</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cut the selected blocks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the selected blocks with their links and settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paste blocks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Duplicate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate the selected blocks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate as &amp;branch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the selected block and all blocks after it as a new branch to compare.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>B&amp;ypass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Skip the selected blocks without deleting them, or restore them (B on the canvas).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>S&amp;wap method…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replace the method of the selected block. Settings that both methods have are preserved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>De&amp;lete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the selected blocks, links and comments.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select &amp;all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select every block.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add co&amp;mment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a note to the canvas, or a frame around the selected blocks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fold into one card</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Combine the selected blocks into one card that shows the settings you choose.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unfold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the blocks of a card. If they are shown already, ungroup them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>T&amp;idy up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Arrange the blocks in columns, in the order they run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pre&amp;ferences…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Theme, text size, data folder, disk space, hub, device, method defaults.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Check</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find problems and estimate memory, time and file size without running.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check and run the pipeline. Cached results are reused.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run to &amp;here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run the selected block and all blocks before it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause at the next safe point. Memory stays in use.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>C&amp;ontinue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue a paused run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Stop and keep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop training this block after the present step and keep its result. The run continues.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ca&amp;ncel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop the check, or stop the run at its next safe point. Finished blocks are saved and the run can be resumed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sur&amp;vey…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run several methods on this pipeline&apos;s model with the same texts and evaluation, and compare them in Results.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>C&amp;laims…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure what the papers claim of the methods, with several seeds, and see what is shown.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>M&amp;achines…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add machines that ssh reaches, see their devices and what runs there, and run on them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare rota&amp;tions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run the selected block without rotation, with a random Hadamard rotation and with a learned one, and compare perplexity and kurtosis.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add to &amp;queue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run the pipeline as it is now after the current run ends.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Qu&amp;eue…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show queued pipelines, their order and the expected end.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resu&amp;me a run…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume a canceled, failed or interrupted run where it stopped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Past r&amp;uns…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show a past run: its pipeline, charts, metrics and log.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fetch wei&amp;ghts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fetch the model that the selected block left on another machine, or the last one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sho&amp;w report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the run&apos;s report: metrics, pipeline, curves, layers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save report as P&amp;DF…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the run&apos;s report as a PDF.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open run &amp;folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the folder with the run&apos;s report, log and artifacts.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Methods to add to the canvas.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Outline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pipeline as a list, for keyboards and screen readers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The settings of the selected block.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Progress, problems, estimates and the log.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <comment>panel</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Charts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Live curves, distributions, memory and plots of methods.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I&amp;nspector</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A table of all layers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Co&amp;mpare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Metrics and layers of several results side by side.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit to bu&amp;dget</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The format of each layer for every file size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;All results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All results of all runs in one table, with the Pareto front.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export a model and verify it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Try it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Generate text with the original and compressed models.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the panel, or hide it if it has the focus: {what}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Theme: system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Follow the desktop&apos;s dark or light mode.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Theme: dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light text on dark surfaces.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Theme: light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark text on light surfaces.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Theme: high contrast</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>White on black, with strong borders.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom in on the canvas.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom o&amp;ut</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom out of the canvas.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom to &amp;fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the whole pipeline.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Actual size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom to 100 %.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Watch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Switch between building (all tools) and watching (result cards above large charts).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bac&amp;k to Build</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Return to the canvas with all tools (Esc).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Large &amp;panels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide the canvas and enlarge the panels below it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>F&amp;loat panel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Float the focused panel in its own window, or dock it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sa&amp;ve layout…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the arrangement of panels under a name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset la&amp;yout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Restore the default arrangement of panels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Find an action…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search all actions by name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show help for the focused setting or selected block, or the guide.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is &amp;new</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show what changed in this version.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Updates and versions…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the installed version and those beside it; update, roll back, repair.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all shortcuts.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Methods and their settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Describe every method, its paper and its settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Responsiveness</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure how fast the window responds.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;About</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the version, licenses and library versions.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AdviceList</name>
    <message>
        <source>Nothing loses less: every layer has its best format.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing can be smaller.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What would help most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What would cost least</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock these layers at {0}, and change the file size by as much</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AnswersComparison</name>
    <message>
        <source>Answers side by side</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Original</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} writes as its original.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} does not write as its original: {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the same</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BackgroundRuns</name>
    <message>
        <source>Show run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is running in the background.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run of “{name}” was interrupted. Finished blocks are saved; resuming gives the same result as an uninterrupted run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End the engine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wait</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine is not responding. It may be busy with a long step. If you end it, finished blocks are saved and the run can be resumed.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Dismiss</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BlockMenus</name>
    <message>
        <source>Run to here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add after…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop bypassing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bypass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate as branch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Swap method…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare as {letter}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Don&apos;t pause after this block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause after this block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare rotations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Input: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The original model (not linked)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not linked</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BlockModel</name>
    <message>
        <source>Block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>State</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Progress</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quality</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” ran here. This block has not run yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pipeline changed after this run. Run it again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BlockTable</name>
    <message>
        <source>Blocks of the run</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Board</name>
    <message>
        <source>Latest: {block}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Latest block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overview</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distribution</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Metrics</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Canvas</name>
    <message>
        <source>Input “{0}”: the original model unless another is linked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Input “{0}”: not linked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>optional</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Output of “{0}”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}. Run the pipeline to see its size and metrics.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Double-click to inspect it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} (optional): the original</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: not linked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: {1} values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} more: unfold to see them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: drag the title to move all blocks; double-click to fold them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Double-click to edit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CanvasEditor</name>
    <message>
        <source>Add block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Move %n block(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Insert block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Link blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove link</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” is running. Cancel the run before you delete it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reorder blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tidy up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bypass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Swap method</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unfold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change settings shown on a card</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of the card</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add comment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frame blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resize comment</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CanvasMenus</name>
    <message>
        <source>Inspect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Insert here…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove link</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit comment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fold into one card</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ungroup</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cut</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unfold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run to here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add after…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save as a block…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings shown on the card</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add method…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add comment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paste here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tidy up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom to fit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CanvasView</name>
    <message>
        <source>Pipeline canvas</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The Outline panel shows the same pipeline as a list.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag a method here, or press / to search.
A pipeline starts with a model.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Card</name>
    <message>
        <source>Loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights before (gray) and after</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of weights that stay, by layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Singular values, logarithm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kurtosis before (gray) and after, by layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stopping…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Changed since the run began: it goes on as it was started.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>context {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Larger than the source: {size}, up from {former}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{share} compressed</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CardDialog</name>
    <message>
        <source>Open a model card</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A folder that this program exported, its replay.json or README.md, a GGUF file, or a repository of the hub says how it was made.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose an export to see how it was made</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export folder, GGUF file, or owner/name on the hub</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Revision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Branch, tag or commit on the hub. Leave empty for the latest.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All of it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The first layers of the last step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The first layers take minutes instead of hours. Their weights are compared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As recorded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Base</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder, GGUF file or hub id of the model that it was made from.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Texts that it was made with. They are found by their hashes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open its pipeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading how it was made…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of an export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GGUF, replay.json, README.md (*.gguf *.json *.md);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File of an export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of the base</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Texts that it was made with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another export or correct the name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The replay was stopped. Nothing was compared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None but those that are found by their names</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CardView</name>
    <message>
        <source>{format}, {count} tensors, made with version {version}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It can&apos;t be made again: {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, revision {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Base</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on this machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not on this machine; add the file below</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hash {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Environment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not recorded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Different here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On this machine. Its tensors are compared before anything is made.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not on this machine. A replay fetches it from the hub.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not found under this name. Name it below.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ChartFrame</name>
    <message>
        <source>Log x</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Logarithmic x axis</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log y</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Logarithmic y axis</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Follow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep new data in view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all charts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enlarge</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset zoom</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export this chart</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Picture (PNG)…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drawing (SVG)…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Data shown (CSV)…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export chart</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The chart could not be saved</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Choosers</name>
    <message>
        <source>Link the block to a model first; its layers are listed from that model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The layers of this model are not recognized. Type their names instead.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As in the mix</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ClaimsWindow</name>
    <message>
        <source>Claims</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The bundled sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the papers claim of the methods, measured with several seeds: shown if the 95 % interval says so, contradicted if it says the opposite. Runs wait until it is over or stopped; what is measured stays.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure selected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopping: what is measured stays</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading what was measured…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, about {0} left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Section</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Claim</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Seeds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>exact</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Some rows were measured with earlier code.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} of {1} rows are missing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What it would take: {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Closing</name>
    <message>
        <source>If you stop it, it ends at the next safe point. Finished blocks are saved and the run can be resumed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Other runs on other machines go on either way.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It can also continue without the window; the studio shows it again at the next start.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close and keep running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A run is in progress</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Closing after the next safe point…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CodesChart</name>
    <message>
        <source>Use of the 4-bit code values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights are all zero or not finite.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Value / block maximum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fraction of weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: error {1}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Find an action</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search for an action</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Actions</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ComparePanel</name>
    <message>
        <source>Result A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Result B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The comparison was stopped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to compare yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run a pipeline with at least two blocks or with branches. Every block&apos;s result can be compared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Metrics of the results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare the layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reads the weights of the results and shows sizes, errors, outliers and distributions of every layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Metrics</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rotations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy or save the metrics</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Swap A and B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare more than two results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No other results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ratio</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>B vs. A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Metric</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measured differently, so the metrics can&apos;t be compared: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zero by definition: this is the original compared with itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Evaluated with: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Evaluation settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>differs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>same</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CompareView</name>
    <message>
        <source>Reading the layers of {0} of {1}…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Contents</name>
    <message>
        <source>Block shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter charts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Charts and plots</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select one to enlarge it; select several with Ctrl or Shift to see them side by side</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CrashDialog</name>
    <message>
        <source>Unexpected error</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An unexpected error occurred</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your pipeline was saved for recovery. You can continue working; if something looks wrong, save under another name and restart. The report is in {folder}. It names no files, models, people or machines. This is all of it, and it is not sent anywhere.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CurvesChart</name>
    <message>
        <source>Metric</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Metric shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Metrics</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No metrics yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Curves appear here while a block trains.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{what} of {block}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Differences</name>
    <message>
        <source>Differences in settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select two results or more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The blocks before them differ.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+click adds a result.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Setting</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DistributionChart</name>
    <message>
        <source>All layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all layers as a heat map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the selected layer as a histogram</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the distribution of the weights</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Document</name>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Editor</name>
    <message>
        <source>Choose {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ExportPanel</name>
    <message>
        <source>Formats</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Result</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run a pipeline first. Each result can then be exported for other programs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to export yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A new or empty folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export and verify</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the result…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} bits per weight</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>lossless</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>smallest lossless format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a folder to write to.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The export was stopped. No files were written.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FailureDialog</name>
    <message>
        <source>What failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What to do</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FieldRow</name>
    <message>
        <source>Help for {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset to default ({0})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try several values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try several values of {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FileController</name>
    <message>
        <source>Pipelines, replay.json, GGUF (*.json *.gguf);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a pipeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>These steps made “{0}”. Check the model and the files that they name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replace model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pipeline now uses “{0}”. Undo restores the former model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add “{name}” or replace the model?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pipeline starts with “{old}”. Add the new model as a separate block, for example as a teacher, or replace the model, which makes all results outdated. Either can be undone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add as a block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add “{name}” as a model, open its pipeline, or check how it was made?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is an export that carries the steps it was made with.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open its card</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open its pipeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add as a model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pipelines (*.json)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the pipeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved to {path}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save changes to “{name}”?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unsaved changes will be lost.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without saving, File › Reopen closed pipeline restores them until the studio is closed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Don&apos;t save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recover</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recovery copy could not be written. Save your work now. {why}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FitPanel</name>
    <message>
        <source>No plan yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing fitted yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock all ({0})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>predicted KL {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fitted block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size and predicted KL divergence of the plan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock all layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the block this size and these locks, and run the pipeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Build this plan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replace the block by an ordinary one that has a format for each layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn into ordinary blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Format of each layer, and why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run Fit to budget once: it measures how much each layer matters. Then any file size can be chosen here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Front</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Advice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy or save the table of layers</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FitView</name>
    <message>
        <source>Build the plan of {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The Fit to budget block for this plan was removed from the canvas.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn a plan into an ordinary block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{block}” has the formats of the plan. Undo brings Fit to budget back.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FrontChart</name>
    <message>
        <source>Size and predicted loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No plan yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Predicted loss for each file size appears here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>KL divergence (nats a token)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit, predicted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Uniform, predicted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>measured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} nats</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>predicted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Uniform {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>GridChart</name>
    <message>
        <source>3D</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show as a surface; drag to rotate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Logarithmic colors make small values visible</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log colors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>column</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>value</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Group</name>
    <message>
        <source>More settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>  ·  {0} changed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings: {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HeatChart</name>
    <message>
        <source>Weights of all layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No distributions yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each finished layer adds a row.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weight / largest |weight| of the layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights before or after compression</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Logarithmic colors make rare values visible</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log colors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fraction of weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fraction</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HelpWindow</name>
    <message>
        <source>Guide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is new</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Glossary</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit to budget</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quantization</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pruning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distillation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Low rank</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Methods</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File formats</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pages</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HistogramChart</name>
    <message>
        <source>Weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No distribution yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each layer&apos;s weights before and after compression appear here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weight</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fraction of weights per bin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Adapter update</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} at {1}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Housekeeping</name>
    <message>
        <source>{0} of old artifacts were deleted to stay within the limit in Preferences.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>InquiryPages</name>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>InspectorPanel</name>
    <message>
        <source>Error of this layer in NF4, FP4 and int4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>4 bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a model or result above to see the size, outliers and error of each layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to show yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inspect “{0}”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reads the weights of every layer and shows size, outliers and error relative to the original.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready to inspect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Skip {layer} in this block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Skip all “{role}” layers in this block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model or result</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a model or result…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rotation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter by name or role</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Columns</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show or hide columns</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy or save the table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plots of this layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} of {1} layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} bits per weight</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>activations from {0} tokens</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>InspectorView</name>
    <message>
        <source>Reading every layer…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rotated: weight errors do not apply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measuring activations…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{block}” can&apos;t skip layers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Skip {layer}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{block}” will skip {layer} in the next run.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>JobRow</name>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LayerDialog</name>
    <message>
        <source>Filter, such as down, layers.3 or 12</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers of the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Role</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>By layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>By role</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use selected layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outside the layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer {0} · {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} of {1} linear layers · {2} of {3} parameters</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LayersChart</name>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sparsity per layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No layers yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each layer appears here when a block has finished it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Metric</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer metric shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} per layer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LayersComparison</name>
    <message>
        <source>Metric</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the table of layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save this table as CSV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers of the results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Original</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights of {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} by layer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LayersModel</name>
    <message>
        <source>Index of the decoder or encoder layer; empty outside the layers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of the module in the checkpoint.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Role</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Function of the module in its layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Output × input features, as stored.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Storage format of the weight.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LayersPicker</name>
    <message>
        <source>Choose from this model&apos;s layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose {0} from the model&apos;s layers</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Layouts</name>
    <message>
        <source>Layouts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inspect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enlarge the panels of this task; Esc puts everything back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layout name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layout “{name}” was added to the View menu.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layout “{name}” was deleted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A layout named “{name}” exists already.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replace</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layout: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Restore this arrangement of panels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete layout: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove this layout.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>More curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LogView</name>
    <message>
        <source>All</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Errors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Level</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the log as text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Messages from the engine appear here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text (*.txt)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MachineCard</name>
    <message>
        <source>Check</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install this version there, in a folder of its own.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not checked yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} of memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} free on the disk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>version {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Follow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing runs there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} more run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>compression-studio {version} goes to {name} ({where}), into a folder of its own. Torch and other libraries are fetched there from the package index, which takes some minutes and some GB.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install there?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installing…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MachineChoice</name>
    <message>
        <source>Machines…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One process</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DDP: each GPU has the whole model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FSDP2: the weights are split over the GPUs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, {0} × {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On this computer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Machines</name>
    <message>
        <source>Fetching the run from {0}…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights of this run are on this computer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connecting to {0}…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fetched: {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MachinesWindow</name>
    <message>
        <source>Machines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Machines that ssh reaches without asking for a password. Runs go on there when the connection is lost; the models and texts that they need are sent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a machine…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No machine yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add one by what you give to ssh, such as user@host.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DDP: each GPU has the whole model. FSDP2: the weights are split over the GPUs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What several processes share</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only with Slurm: srun --gres=gpu:1 --time=8:00:00</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>user@host, or a name of ~/.ssh/config</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the usual one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Destination for ssh</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Python there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Workspace there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Launcher</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Processes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As many as there are GPUs: each process computes on one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is taken off this list. Nothing changes on it, and its runs go on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove this machine?</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Compression Studio</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Home</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tools</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>  Find an action     Ctrl+Shift+P</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The machine that the run goes to</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MemoryChart</name>
    <message>
        <source>Memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No memory readings yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory use appears here once a run starts.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Elapsed time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Process</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Process, peak</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device, peak</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MethodPicker</name>
    <message>
        <source>Search methods</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No matching methods.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MetricChart</name>
    <message>
        <source>By layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No layer has a value for this metric.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Metric</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} by layer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MiniMap</name>
    <message>
        <source>Map of the pipeline</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ModelDialog</name>
    <message>
        <source>Open a model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop download</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder, GGUF file, or owner/name on the hub</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Revision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Branch, tag or commit on the hub. Leave empty for the latest.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GGUF file…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers, shapes and sizes are read from the file headers. No weights are loaded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a model to see its structure</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Download</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add to the canvas</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the headers…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No structure to show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another model or correct the name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GGUF file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GGUF (*.gguf);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sample model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Contacting the hub about {model}…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Downloaded to {folder}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The download was stopped. Click Download to continue where it stopped.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ModelEditor</name>
    <message>
        <source>Folder, GGUF file or hub id</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GGUF file…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GGUF file</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Opening</name>
    <message>
        <source>No program is set up to open this file: {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>OpeningLinesView</name>
    <message>
        <source>Program</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open in</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>OptionalEditor</name>
    <message>
        <source>Automatic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: automatic</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Outline</name>
    <message>
        <source>Pipeline outline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Insert adds a method, Delete removes a block, Ctrl+Up and Ctrl+Down reorder, Enter opens the settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add method…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Palette</name>
    <message>
        <source>Drag onto the canvas, or press Enter to add after the selected block.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Methods</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Panel</name>
    <message>
        <source>Loading…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ParallelChart</name>
    <message>
        <source>Parallel coordinates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} results: {names}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run a sweep or select several results. Each one becomes a line across the settings and metrics that differ.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ParetoChart</name>
    <message>
        <source>Pareto front</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No result has both values. Run a pipeline or choose other axes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Axis</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pareto front ({count} not comparable)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PastRuns</name>
    <message>
        <source>Restore the pipeline of the run at {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PipelineScene</name>
    <message>
        <source>Edit comment</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PlanMap</name>
    <message>
        <source>Format of each layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No plan yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The format of each layer appears here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} in {1}, {2} bits a weight</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} bits a weight</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} nats</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one down</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PlanModel</name>
    <message>
        <source>Nats that a megabyte of it saves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nats lost for each megabyte saved by it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers that have one format: by role and number of the decoder layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How it is stored</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bits of a weight, scales included</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bytes in the file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Predicted KL divergence of this unit alone, in nats a token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One step up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The next larger format, and what it changes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nats/MB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One step down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The next smaller format, and what it changes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why it is not another one</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PlanView</name>
    <message>
        <source>Check (F7) estimates the memory, disk space and time of a run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No estimate yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Peak memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{need} of {free} free</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{need}, {free} free</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} of it is in use already.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no new blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unknown until it runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{now} ({quiet} if idle)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cached</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Evaluation</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PlotTile</name>
    <message>
        <source>Curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check the curves to show; double-click one to show it alone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{what} of {block}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Preferences</name>
    <message>
        <source>Preferences</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hub</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Defaults</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Same as the system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text &amp;size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set by the environment variable {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Used after a restart. Settings and messages of methods are in English.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Data folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Runs, artifacts and caches. A new folder is used after a restart. Files are not moved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calculating…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disk usage</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete unused data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear cache</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no limit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Apply now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Limit artifacts to</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Applied after every run. Unused artifacts are deleted first, then the oldest. Metrics and charts stay.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The new folder is used after a restart. The present one is not changed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The folder can&apos;t be read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{total}: artifacts {artifacts} ({unused} unused), runs {runs}, cache {cache}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A run is in progress. Wait until it ends, then delete data.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models of the oldest runs are deleted until {0} GB remain. Running a pipeline again recreates them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete old artifacts?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not everything could be deleted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} freed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read from “hf auth login” or HF_TOKEN. This program never stores it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Mirror</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Used after a restart. Leave empty for the hub itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” is not a valid address. It must begin with https://</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Compute on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Used after a restart. Precision is set for each method and for evaluation: see Defaults.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” is not a device: write cpu, cuda, cuda:1, xpu or mps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Method</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Evaluation (new pipelines)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Initial settings of new blocks. Existing blocks and pipelines do not change.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProblemList</name>
    <message>
        <source>Problems</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No problems.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PushDialog</name>
    <message>
        <source>Push to the hub</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only the files of the export are sent, in one commit, with your token from “hf auth login” or HF_TOKEN. Files that the hub already has are not sent again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>owner/name, or a name in your account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Visibility</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Private</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Public</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of a new repository. An existing one stays as it is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replace files in a repository that holds others</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Repository</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Branch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Commit message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Push</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Upload {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No program is set up to open this page: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The push was stopped. Nothing was published. Push again to continue where it stopped.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>QueueDialog</name>
    <message>
        <source>Queue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Running and queued pipelines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause queue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start nothing more. What runs goes on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue queue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>reconnecting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>estimated when it starts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no estimate yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The queue is empty. Run › Add to queue adds the open pipeline.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paused. </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The end time is known once all pipelines have estimates.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paused. {0} in total.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About {0} in total, done at about {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This computer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>QuickMenu</name>
    <message>
        <source>Add a method</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecentMenu</name>
    <message>
        <source>Open &amp;recent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No recent pipelines</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecoveryOffer</name>
    <message>
        <source>Recover</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Discard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” has unsaved changes from {when}; the studio did not close properly.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReportWindow</name>
    <message>
        <source>Report: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Report</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ResponsivenessDialog</name>
    <message>
        <source>Responsiveness</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Median</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>95th percentile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>99th percentile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maximum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Over {0} ms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delay of this window&apos;s events over the last minute.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ResultCard</name>
    <message>
        <source>Open folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy path</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Push to the hub…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After writing, a fresh process loads the files and compares their predictions with the result&apos;s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing exported yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The result appears here after the files have been loaded and compared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not verified yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: written and verified</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: written, checked by this program only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: written, but could not be verified here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: written, but verification failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> ({0:+.2f} % from the estimate)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, as expected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Largest logit difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>… in standard deviations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Allowed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>KL divergence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Same top-1 token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Verification time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inspect layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare as {letter}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ResultsPanel</name>
    <message>
        <source>Filter:  int4  ppl&lt;25</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter by words and limits, such as gptq ppl&lt;25 size&lt;50MB bits&lt;=4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Group by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>By {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No grouping</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Results shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This pipeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All pipelines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This pipeline has no results yet. There are {count} of other pipelines.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{shown} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show this run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear baseline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use as baseline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare selected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare all results with the selected one; click again to stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Baseline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare two or more selected results, with their layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose columns</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Columns</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy or save the table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pareto</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parallel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Differences</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size, quality and speed of every result of every run appear here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the results…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No results yet</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RotationComparison</name>
    <message>
        <source>Compare rotations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Three rotations were compared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measuring activations of {0}: {1}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RotationPage</name>
    <message>
        <source>stream</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>q k v in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>o in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>down in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>queries</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kurtosis of a token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kurtosis of all activations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Largest over median magnitude</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Largest magnitude</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measured on {0} tokens of “{1}”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The original model is missing, so nothing is compared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer {0}, {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: distribution</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: largest magnitudes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Metric</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distribution scale</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>x / RMS</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>log10(|x| / RMS)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fraction of values per bin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Merged rotations and their distance from the initial ones</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Activations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distribution</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Matrices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Runs the block without rotation, with a random Hadamard rotation and with a learned one, and compares them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare rotations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure activations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Runs a few texts through the model and its original and shows activation outliers in every layer before and after.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Effect of a rotation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rotation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean angle</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Orthogonality error</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Channel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RotationsComparison</name>
    <message>
        <source>Rotations side by side</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rotation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Perplexity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>KL divergence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kurtosis,
{0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kurtosis per token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Activation kurtosis</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunController</name>
    <message>
        <source>A run is in progress. Cancel it or wait for it to finish before you open something else.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pausing at the next safe point…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run continues.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{block}” stops after this step and keeps its result so far.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No problems found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The check was stopped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paused after “{block}”. Choose Continue to go on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finished in {time}. {what}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Canceled. Finished blocks are saved; Run › Resume a run continues.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Canceled before the first block started.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run failed</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunPage</name>
    <message>
        <source>Notes on this run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show this run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete run…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select a result</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details of its run appear here.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunPanel</name>
    <message>
        <source>Add a model and a method to the canvas, then run the pipeline. The progress of each block appears here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing has run yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Estimate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Problems</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Progress of the run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready to run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Can&apos;t run: {problems}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The check failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run anyway</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The estimate may be off. If the run fails, finished blocks are saved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>block {number} of {count}, {title}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Canceling…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>after {place}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopping early: {what}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Running {what}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finished; the result is broken</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finished; the result is degraded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finished</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outdated: the pipeline changed after this run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Canceled; finished blocks are saved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Interrupted; finished blocks are saved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writing the report…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Running</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunQueue</name>
    <message>
        <source>“{0}” is number {1} in the queue.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” runs on {1}. Run › Queue shows it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” finished on {1} after {2}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” was canceled on {1} after {2}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” failed on {1} after {2}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunReports</name>
    <message>
        <source>The report is written when the run ends.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Report saved to {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunsBeside</name>
    <message>
        <source>“{0}” goes on. Run › Queue shows it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunsDialog</name>
    <message>
        <source>Resume a run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Past runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search by name, state, date or notes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search past runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Notes on this run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finished blocks are saved. A resumed run gives the same result as one that was never stopped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All runs are finished. There is nothing to resume.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing has run yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No matching runs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} on disk, including models that only this run uses  ·  {1}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ScatterChart</name>
    <message>
        <source>Quality by size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No result has both a quality metric and a size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size on disk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Collapsed, not plotted: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>size</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Session</name>
    <message>
        <source>From the run at {when}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From an earlier run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Changed since then: {blocks}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The evaluation settings changed since then: metrics are for the former text.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select one block with a result. Run the pipeline if there is none.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SettingsForm</name>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pipeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Evaluation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>These blocks have no settings in common.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The method “{0}” is not installed. Its settings are preserved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From package {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of this block: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of this block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a setting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No matching settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Different: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change {0} of {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change {0} of {1} blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{preset} settings of {block}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change evaluation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change the pipeline&apos;s {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>automatic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>yes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Default: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Default settings</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ShortcutSheet</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>View</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Canvas</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a method to add</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tab or /</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare as A, as B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1, 2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Swap A and B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tab</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bypass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Block settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter, double click</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select the next block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Arrows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Arrows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom to fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>F or Home</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Help for a setting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>F1 in its field</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset a setting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Shift+Backspace</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to the canvas</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Esc</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Middle button, Space</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Insert into a chain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop on a link</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quick menu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop a link on empty canvas</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SidesChart</name>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>By layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No layer has a value for this metric.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SidesModel</name>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Difference</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SizeBar</name>
    <message>
        <source>File size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bytes that the file may take, from the smallest to the largest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File size in bytes or percent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type a size such as 60MB, 1.5GB, or a share of the 16-bit size: 40%</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The smallest file takes {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Start</name>
    <message>
        <source>The last session crashed. The crash report is in {0}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>State</name>
    <message>
        <source>Ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Queued</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Canceling…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cached</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Warning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Canceled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outdated</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Needs settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bypassed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Degraded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Broken</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source> on {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>reconnecting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} on {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” on {1}: {2}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The compute device is not known yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: {used} of {total}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compute device: {name} ({device})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CPU, 1 core</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CPU, {count} cores</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{used} · {free} free · load {load:.0f} %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory of the window, free memory and processor load of this machine. For the memory of the engine process, see Charts › Memory.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StringsEditor</name>
    <message>
        <source>One per line</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StructureView</name>
    <message>
        <source>Filter tensors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tensors of the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Studio</name>
    <message>
        <source>What is new</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compression Studio was updated from {former} to {version}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Charts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inspector</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} stays among the values because it has a result.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” was added under Saved blocks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This block has no result yet. Run the pipeline first.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SurveyDialog</name>
    <message>
        <source>Survey</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Methods</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Estimating time and disk space…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run survey</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each method runs on “{0}” in a branch of its own, with the same texts and evaluation. The results are compared in Results. Methods that can&apos;t run on this model are skipped, with the reason.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>can&apos;t run on this model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time and disk space are estimated when the survey starts.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About {time} without evaluation, {disk} of {free} free disk space.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Some have no time estimate.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Surveys</name>
    <message>
        <source>Survey of {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Skipped: {0}. {1}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SweepLine</name>
    <message>
        <source>Values to try for {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add branches</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} branches, one row each in Results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on, off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Values separated by commas, or a range: {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TextDialog</name>
    <message>
        <source>Texts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search hub</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search datasets on the hub</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Beginning of the text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Download and preview</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chosen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bundled, for full-size models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bundled, for the sample model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model or its teacher generates the texts. No data is needed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sample texts for the sample model, mixed texts for all others.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A dataset on the hub.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} downloads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no license stated</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>gated: accept its terms on the hub</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} characters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} records, {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} tokens with this model&apos;s tokenizer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>chat template applied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no chat template in the tokenizer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>held-out split</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>training split</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On the hub</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Texts (*.txt *.md *.raw *.json *.jsonl *.ndjson);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TextSizeBox</name>
    <message>
        <source>{0} (system)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>Time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers and weight distributions at an earlier training step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step:,}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{step} (latest)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TryItPanel</name>
    <message>
        <source>Add a model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text to continue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Enter in the prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Generate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chat in several turns with the model&apos;s chat template. Models without one get plain text.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New chat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0 (greedy)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0 always takes the most likely token; higher values vary more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Top-p</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sample from the most likely tokens whose probabilities add up to this value.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same seed gives the same text. Used when the temperature is above 0.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop before this text; \n stands for a line break.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop at</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run a pipeline first. You can then generate text with its source and every result.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loading the model…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Identical text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First word identical</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First {0} words identical</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Different from the start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>UpdatesWindow</name>
    <message>
        <source>Updates and versions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The line that updates it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check for updates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Update now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The program looks for updates when you ask, and never installs them by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is new</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking at what is installed…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This line updates it; then start the program again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its folder is {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} in total, including what is kept for repairs. {1} free on the disk.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>torch {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>torch is not installed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Code {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>computes on {name} ({device})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking for updates…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Updating…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rolling back…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The current version is installed once more beside itself, tested, and started from then on. Packages that are not kept are fetched again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Repair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Repair the program?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Repairing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This frees {0}. You can&apos;t roll back to it afterward.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove version {0}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Removing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Canceling…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The installer can&apos;t be started: {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Version {0} is available.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It fetches {0} and newer packages, whose size is not known.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It fetches {0} at most; packages that are here already are not fetched again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Version {0} is the newest.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Version {0} starts from now on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Restart now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Version {0} is the current one. This window runs the former one until you restart the program.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ValuesDialog</name>
    <message>
        <source>Same as the block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Value for the checked layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mixed</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>VerdictCard</name>
    <message>
        <source>Exact: equal to the bit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Near: another environment explains the differences</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It differs from what its record says</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exact, as far as it was made again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not as it was: {0}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>VersionCard</name>
    <message>
        <source>Version {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install this version once more, test it, and switch to that.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Repair…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start this version from now on. Rolling back once more undoes it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Roll back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>current</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>previous</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not whole: the next installation removes it. {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>torch for {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>code {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>without the window</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>VersionTile</name>
    <message>
        <source>Run of {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Same settings as now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Current pipeline</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Versions</name>
    <message>
        <source>Runs of this pipeline. Click one to restore its settings; Undo reverts.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} runs</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WaitingTile</name>
    <message>
        <source>Progress of the block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Histograms and errors appear with the first finished layer, curves with the first training steps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No charts yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run the pipeline to see curves, layers, weight distributions and memory.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Watch</name>
    <message>
        <source>{0} more</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WatchPage</name>
    <message>
        <source>Double-click to go back to the canvas</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Results of the pipeline&apos;s blocks</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>Back to the current run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved pipelines appear here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume where it stopped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compression Studio</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load a language model, build a pipeline of compression methods, run it, and export the result.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A small model and a 4-bit quantization, ready to run. It works offline and takes seconds.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A folder, a GGUF file or a model on the hub. Weights are loaded only when needed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An empty canvas and all methods.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try the sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New pipeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent pipelines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Templates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a template</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No matching templates.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Combinations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Or drop a pipeline, a model folder or a GGUF file anywhere on this window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>saved {0} ago</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>saved just now</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Workspace</name>
    <message>
        <source>Float “{panel}”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide panel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_Column</name>
    <message>
        <source>Remove this model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Generated text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Generated text appears here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{speed} tokens/s</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_MethodTree</name>
    <message>
        <source>Methods</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: saved blocks. Press Del to remove them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} ({1})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From package {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_TitleBar</name>
    <message>
        <source>Float panel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide panel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>consent</name>
    <message>
        <source>This model includes its own Python code, which would run with all your permissions, including access to your files and network. The model can&apos;t be used without it.

{files}

Read the code first: {folder}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run this model&apos;s code?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trust and run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Don&apos;t run</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>locking</name>
    <message>
        <source>Lock {0} at</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} nats</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock {0} of all layers at</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock layer {0} at</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>preferences</name>
    <message>
        <source>Found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None. Only public models can be downloaded. Run “hf auth login” to add a token.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>runs</name>
    <message>
        <source>“{0}” finished after {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” was canceled after {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” failed after {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run “{run}” of {date} goes, with all its results that no other run has: {size}. This can&apos;t be undone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete this run?</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>saving</name>
    <message>
        <source>Copy as CSV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save as CSV…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The table could not be saved</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>texts</name>
    <message>
        <source>Same as the pipeline: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bundled text for the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mixed texts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sample texts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Generated by the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} (hub)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
