<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>Actions</name>
    <message>
        <source>&amp;New pipeline</source>
        <translation>新建流水线(&amp;N)</translation>
    </message>
    <message>
        <source>Create an empty pipeline.</source>
        <translation>创建一条空的流水线。</translation>
    </message>
    <message>
        <source>&amp;Open pipeline…</source>
        <translation>打开流水线(&amp;O)…</translation>
    </message>
    <message>
        <source>Open a pipeline file.</source>
        <translation>打开流水线文件。</translation>
    </message>
    <message>
        <source>Reopen &amp;closed pipeline</source>
        <translation>重新打开已关闭的流水线(&amp;C)</translation>
    </message>
    <message>
        <source>Show the pipeline that was closed last, with its unsaved changes.</source>
        <translation>显示最后关闭的流水线及其未保存的更改。</translation>
    </message>
    <message>
        <source>Open &amp;model…</source>
        <translation>打开模型(&amp;M)…</translation>
    </message>
    <message>
        <source>Inspect a model&apos;s structure and add it to the canvas: a folder, a GGUF file or a hub id.</source>
        <translation>检视模型结构并将其添加到画布：文件夹、GGUF 文件或 Hub ID。</translation>
    </message>
    <message>
        <source>&amp;Fit a model to a size…</source>
        <translation>按大小压缩模型(&amp;F)…</translation>
    </message>
    <message>
        <source>Choose a model, the bytes that its file may have, and the program that will run it.</source>
        <translation>选择模型、其文件允许的字节数，以及将要运行它的程序。</translation>
    </message>
    <message>
        <source>Open model car&amp;d…</source>
        <translation>打开模型卡(&amp;D)…</translation>
    </message>
    <message>
        <source>Show how an export was made, make it again and compare: a folder, a GGUF file or a hub id.</source>
        <translation>显示导出结果的制作过程，重新制作并比较：文件夹、GGUF 文件或 Hub ID。</translation>
    </message>
    <message>
        <source>&amp;Home</source>
        <translation>主页(&amp;H)</translation>
    </message>
    <message>
        <source>Show the home page: the sample, recent runs, templates for all methods.</source>
        <translation>显示主页：示例、最近的运行、所有方法的模板。</translation>
    </message>
    <message>
        <source>&amp;Back to the pipeline</source>
        <translation>返回流水线(&amp;B)</translation>
    </message>
    <message>
        <source>Leave the home page.</source>
        <translation>离开主页。</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
    <message>
        <source>Save the pipeline.</source>
        <translation>保存流水线。</translation>
    </message>
    <message>
        <source>Save &amp;as…</source>
        <translation>另存为(&amp;A)…</translation>
    </message>
    <message>
        <source>Save the pipeline under another name.</source>
        <translation>以其他名称保存流水线。</translation>
    </message>
    <message>
        <source>&amp;Export a model…</source>
        <translation>导出模型(&amp;E)…</translation>
    </message>
    <message>
        <source>Export a compressed model for other programs and verify it.</source>
        <translation>导出压缩后的模型供其他程序使用，并进行验证。</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>Close the studio.</source>
        <translation>关闭程序。</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>Undo the last change.</source>
        <translation>撤销上一次更改。</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>Redo the last undone change.</source>
        <translation>重做上一次撤销的更改。</translation>
    </message>
    <message>
        <source>Cu&amp;t</source>
        <translation>剪切(&amp;T)</translation>
    </message>
    <message>
        <source>Cut the selected blocks.</source>
        <translation>剪切所选模块。</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>复制(&amp;C)</translation>
    </message>
    <message>
        <source>Copy the selected blocks with their links and settings.</source>
        <translation>复制所选模块及其连线和设置。</translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation>粘贴(&amp;P)</translation>
    </message>
    <message>
        <source>Paste blocks.</source>
        <translation>粘贴模块。</translation>
    </message>
    <message>
        <source>&amp;Duplicate</source>
        <translation>创建副本(&amp;D)</translation>
    </message>
    <message>
        <source>Duplicate the selected blocks.</source>
        <translation>创建所选模块的副本。</translation>
    </message>
    <message>
        <source>Duplicate as &amp;branch</source>
        <translation>复制为分支(&amp;B)</translation>
    </message>
    <message>
        <source>Copy the selected block and all blocks after it as a new branch to compare.</source>
        <translation>将所选模块及其后的所有模块复制为新分支，以便比较。</translation>
    </message>
    <message>
        <source>B&amp;ypass</source>
        <translation>旁路(&amp;Y)</translation>
    </message>
    <message>
        <source>Skip the selected blocks without deleting them, or restore them (B on the canvas).</source>
        <translation>跳过所选模块而不删除，或取消跳过（在画布上按 B）。</translation>
    </message>
    <message>
        <source>S&amp;wap method…</source>
        <translation>更换方法(&amp;W)…</translation>
    </message>
    <message>
        <source>Replace the method of the selected block. Settings that both methods have are preserved.</source>
        <translation>替换所选模块的方法。两种方法共有的设置会保留。</translation>
    </message>
    <message>
        <source>De&amp;lete</source>
        <translation>删除(&amp;L)</translation>
    </message>
    <message>
        <source>Delete the selected blocks, links and comments.</source>
        <translation>删除所选的模块、连线和注释。</translation>
    </message>
    <message>
        <source>Select &amp;all</source>
        <translation>全选(&amp;A)</translation>
    </message>
    <message>
        <source>Select every block.</source>
        <translation>选择所有模块。</translation>
    </message>
    <message>
        <source>Add co&amp;mment</source>
        <translation>添加注释(&amp;M)</translation>
    </message>
    <message>
        <source>Add a note to the canvas, or a frame around the selected blocks.</source>
        <translation>在画布上添加注释，或为所选模块添加边框。</translation>
    </message>
    <message>
        <source>Fold into one card</source>
        <translation>折叠为一张卡片</translation>
    </message>
    <message>
        <source>Combine the selected blocks into one card that shows the settings you choose.</source>
        <translation>将所选模块合并为一张卡片，显示您选择的设置。</translation>
    </message>
    <message>
        <source>Unfold</source>
        <translation>展开</translation>
    </message>
    <message>
        <source>Show the blocks of a card. If they are shown already, ungroup them.</source>
        <translation>显示卡片中的模块。如果已经显示，则取消编组。</translation>
    </message>
    <message>
        <source>T&amp;idy up</source>
        <translation>整理布局(&amp;I)</translation>
    </message>
    <message>
        <source>Arrange the blocks in columns, in the order they run.</source>
        <translation>按运行顺序将模块排成列。</translation>
    </message>
    <message>
        <source>Pre&amp;ferences…</source>
        <translation>首选项(&amp;F)…</translation>
    </message>
    <message>
        <source>Theme, text size, data folder, disk space, hub, device, method defaults.</source>
        <translation>主题、文字大小、数据文件夹、磁盘空间、Hub、设备、方法默认值。</translation>
    </message>
    <message>
        <source>&amp;Check</source>
        <translation>检查(&amp;C)</translation>
    </message>
    <message>
        <source>Find problems and estimate memory, time and file size without running.</source>
        <translation>查找问题，并估计内存、时间和文件大小，而不运行。</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>运行(&amp;R)</translation>
    </message>
    <message>
        <source>Check and run the pipeline. Cached results are reused.</source>
        <translation>检查并运行流水线。已缓存的结果会重复使用。</translation>
    </message>
    <message>
        <source>Run to &amp;here</source>
        <translation>运行到此处(&amp;H)</translation>
    </message>
    <message>
        <source>Run the selected block and all blocks before it.</source>
        <translation>运行所选模块及其之前的所有模块。</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>暂停(&amp;P)</translation>
    </message>
    <message>
        <source>Pause at the next safe point. Memory stays in use.</source>
        <translation>在下一个安全点暂停。内存仍被占用。</translation>
    </message>
    <message>
        <source>C&amp;ontinue</source>
        <translation>继续(&amp;O)</translation>
    </message>
    <message>
        <source>Continue a paused run.</source>
        <translation>继续已暂停的运行。</translation>
    </message>
    <message>
        <source>&amp;Stop and keep</source>
        <translation>停止并保留(&amp;S)</translation>
    </message>
    <message>
        <source>Stop training this block after the present step and keep its result. The run continues.</source>
        <translation>在当前步之后停止训练此模块，并保留其结果。运行会继续。</translation>
    </message>
    <message>
        <source>Ca&amp;ncel</source>
        <translation>取消(&amp;N)</translation>
    </message>
    <message>
        <source>Stop the check, or stop the run at its next safe point. Finished blocks are saved and the run can be resumed.</source>
        <translation>停止检查，或在下一个安全点停止运行。已完成的模块会保存，运行可以恢复。</translation>
    </message>
    <message>
        <source>Sur&amp;vey…</source>
        <translation>横向评测(&amp;V)…</translation>
    </message>
    <message>
        <source>Run several methods on this pipeline&apos;s model with the same texts and evaluation, and compare them in Results.</source>
        <translation>在此流水线的模型上运行多种方法，使用相同的文本和评估，并在“结果”中比较。</translation>
    </message>
    <message>
        <source>C&amp;laims…</source>
        <translation>论断(&amp;L)…</translation>
    </message>
    <message>
        <source>Measure what the papers claim about the methods, with several seeds and verdicts.</source>
        <translation>用多个种子测量论文对各方法的论断，查看哪些成立。</translation>
    </message>
    <message>
        <source>M&amp;achines…</source>
        <translation>机器(&amp;A)…</translation>
    </message>
    <message>
        <source>Add machines that ssh reaches, see their devices and what runs there, and run on them.</source>
        <translation>添加可通过 ssh 访问的机器，查看其设备和正在进行的运行，并在其上运行。</translation>
    </message>
    <message>
        <source>Compare rota&amp;tions</source>
        <translation>比较旋转(&amp;T)</translation>
    </message>
    <message>
        <source>Run the selected block without rotation, with a random Hadamard rotation and with a learned one, and compare perplexity and kurtosis.</source>
        <translation>分别以无旋转、随机 Hadamard 旋转和学习得到的旋转运行所选模块，并比较困惑度和峰度。</translation>
    </message>
    <message>
        <source>Add to &amp;queue</source>
        <translation>加入队列(&amp;Q)</translation>
    </message>
    <message>
        <source>Run the pipeline in its current state after the current run ends.</source>
        <translation>当前运行结束后，按流水线现在的状态运行。</translation>
    </message>
    <message>
        <source>Qu&amp;eue…</source>
        <translation>队列(&amp;E)…</translation>
    </message>
    <message>
        <source>Show queued pipelines, their order and the expected end.</source>
        <translation>显示排队的流水线、顺序以及预计结束时间。</translation>
    </message>
    <message>
        <source>Resu&amp;me a run…</source>
        <translation>恢复运行(&amp;M)…</translation>
    </message>
    <message>
        <source>Resume a canceled, failed or interrupted run where it stopped.</source>
        <translation>从中断处恢复已取消、失败或中断的运行。</translation>
    </message>
    <message>
        <source>Past r&amp;uns…</source>
        <translation>历史运行(&amp;U)…</translation>
    </message>
    <message>
        <source>Show a past run: its pipeline, charts, metrics and log.</source>
        <translation>显示历史运行：流水线、图表、指标和日志。</translation>
    </message>
    <message>
        <source>Fetch wei&amp;ghts</source>
        <translation>取回权重(&amp;G)</translation>
    </message>
    <message>
        <source>Fetch the model that the selected block left on another machine, or the last one.</source>
        <translation>取回所选模块留在另一台机器上的模型；未选择时取回最后一个模型。</translation>
    </message>
    <message>
        <source>Sho&amp;w report</source>
        <translation>显示报告(&amp;W)</translation>
    </message>
    <message>
        <source>Show the run&apos;s report: metrics, pipeline, curves, layers.</source>
        <translation>显示运行报告：指标、流水线、曲线、层。</translation>
    </message>
    <message>
        <source>Save report as P&amp;DF…</source>
        <translation>将报告保存为 PDF(&amp;D)…</translation>
    </message>
    <message>
        <source>Save the run&apos;s report as a PDF.</source>
        <translation>将运行报告保存为 PDF。</translation>
    </message>
    <message>
        <source>Open run &amp;folder</source>
        <translation>打开运行文件夹(&amp;F)</translation>
    </message>
    <message>
        <source>Open the folder with the run&apos;s report, log and artifacts.</source>
        <translation>打开包含该运行的报告、日志和产物的文件夹。</translation>
    </message>
    <message>
        <source>&amp;Blocks</source>
        <translation>模块(&amp;B)</translation>
    </message>
    <message>
        <source>Methods to add to the canvas.</source>
        <translation>可添加到画布的方法。</translation>
    </message>
    <message>
        <source>&amp;Outline</source>
        <translation>大纲(&amp;O)</translation>
    </message>
    <message>
        <source>The pipeline as a list, for keyboards and screen readers.</source>
        <translation>以列表形式显示流水线，适合键盘和屏幕阅读器。</translation>
    </message>
    <message>
        <source>&amp;Settings</source>
        <translation>设置(&amp;S)</translation>
    </message>
    <message>
        <source>The settings of the selected block.</source>
        <translation>所选模块的设置。</translation>
    </message>
    <message>
        <source>Progress, problems, estimates and the log.</source>
        <translation>进度、问题、估计和日志。</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <comment>panel</comment>
        <translation>运行(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Charts</source>
        <translation>图表(&amp;C)</translation>
    </message>
    <message>
        <source>Live curves, distributions, memory and plots of methods.</source>
        <translation>实时曲线、分布、内存和各方法的图表。</translation>
    </message>
    <message>
        <source>I&amp;nspector</source>
        <translation>检视器(&amp;N)</translation>
    </message>
    <message>
        <source>A table of all layers.</source>
        <translation>所有层的表格。</translation>
    </message>
    <message>
        <source>Co&amp;mpare</source>
        <translation>比较(&amp;M)</translation>
    </message>
    <message>
        <source>Metrics and layers of several results side by side.</source>
        <translation>并排显示多个结果的指标和层。</translation>
    </message>
    <message>
        <source>Fit to bu&amp;dget</source>
        <translation>适配预算(&amp;D)</translation>
    </message>
    <message>
        <source>The format of each layer for every file size.</source>
        <translation>各文件大小下每一层的格式。</translation>
    </message>
    <message>
        <source>&amp;All results</source>
        <translation>所有结果(&amp;A)</translation>
    </message>
    <message>
        <source>All results of all runs in one table, with the Pareto front.</source>
        <translation>所有运行的全部结果汇于一表，并显示 Pareto 前沿。</translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation>导出(&amp;E)</translation>
    </message>
    <message>
        <source>Export a model and verify it.</source>
        <translation>导出模型并进行验证。</translation>
    </message>
    <message>
        <source>&amp;Try it</source>
        <translation>试用(&amp;T)</translation>
    </message>
    <message>
        <source>Generate text with the original and compressed models.</source>
        <translation>用原模型和压缩后的模型生成文本。</translation>
    </message>
    <message>
        <source>Show the panel, or hide it if it has the focus: {what}</source>
        <translation>显示该面板；若焦点已在其中则隐藏：{what}</translation>
    </message>
    <message>
        <source>Theme: system</source>
        <translation>主题：跟随系统</translation>
    </message>
    <message>
        <source>Follow the desktop&apos;s dark or light mode.</source>
        <translation>跟随桌面的深色或浅色模式。</translation>
    </message>
    <message>
        <source>Theme: dark</source>
        <translation>主题：深色</translation>
    </message>
    <message>
        <source>Light text on dark surfaces.</source>
        <translation>深色背景，浅色文字。</translation>
    </message>
    <message>
        <source>Theme: light</source>
        <translation>主题：浅色</translation>
    </message>
    <message>
        <source>Dark text on light surfaces.</source>
        <translation>浅色背景，深色文字。</translation>
    </message>
    <message>
        <source>Theme: high contrast</source>
        <translation>主题：高对比度</translation>
    </message>
    <message>
        <source>White on black, with strong borders.</source>
        <translation>黑底白字，边框醒目。</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>放大(&amp;I)</translation>
    </message>
    <message>
        <source>Zoom in on the canvas.</source>
        <translation>放大画布。</translation>
    </message>
    <message>
        <source>Zoom o&amp;ut</source>
        <translation>缩小(&amp;U)</translation>
    </message>
    <message>
        <source>Zoom out of the canvas.</source>
        <translation>缩小画布。</translation>
    </message>
    <message>
        <source>Zoom to &amp;fit</source>
        <translation>缩放至全部可见(&amp;F)</translation>
    </message>
    <message>
        <source>Show the whole pipeline.</source>
        <translation>显示整条流水线。</translation>
    </message>
    <message>
        <source>Actual size</source>
        <translation>实际大小</translation>
    </message>
    <message>
        <source>Zoom to 100 %.</source>
        <translation>缩放到 100 %。</translation>
    </message>
    <message>
        <source>&amp;Watch</source>
        <translation>观察(&amp;W)</translation>
    </message>
    <message>
        <source>Switch between building (all tools) and watching (result cards above large charts).</source>
        <translation>在搭建（全部工具）与观察（大图表及其上方的结果卡片）之间切换。</translation>
    </message>
    <message>
        <source>Bac&amp;k to Build</source>
        <translation>返回搭建(&amp;K)</translation>
    </message>
    <message>
        <source>Return to the canvas with all tools (Esc).</source>
        <translation>返回带有全部工具的画布（Esc）。</translation>
    </message>
    <message>
        <source>Large &amp;panels</source>
        <translation>放大面板(&amp;P)</translation>
    </message>
    <message>
        <source>Hide the canvas and enlarge the panels below it.</source>
        <translation>隐藏画布，并放大其下方的面板。</translation>
    </message>
    <message>
        <source>F&amp;loat panel</source>
        <translation>浮动显示面板(&amp;L)</translation>
    </message>
    <message>
        <source>Float the focused panel in its own window, or dock it again.</source>
        <translation>将焦点所在的面板置于独立窗口，或重新停靠。</translation>
    </message>
    <message>
        <source>Sa&amp;ve layout…</source>
        <translation>保存布局(&amp;V)…</translation>
    </message>
    <message>
        <source>Save the arrangement of panels under a name.</source>
        <translation>以指定名称保存面板排列。</translation>
    </message>
    <message>
        <source>Reset la&amp;yout</source>
        <translation>重置布局(&amp;Y)</translation>
    </message>
    <message>
        <source>Restore the default arrangement of panels.</source>
        <translation>恢复默认的面板排列。</translation>
    </message>
    <message>
        <source>&amp;Find an action…</source>
        <translation>查找操作(&amp;F)…</translation>
    </message>
    <message>
        <source>Search all actions by name.</source>
        <translation>按名称搜索所有操作。</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>Show help for the focused setting or selected block, or the guide.</source>
        <translation>显示焦点所在设置或所选模块的帮助，或显示指南。</translation>
    </message>
    <message>
        <source>What is &amp;new</source>
        <translation>新增功能(&amp;N)</translation>
    </message>
    <message>
        <source>Show what changed in this version.</source>
        <translation>显示此版本的改动。</translation>
    </message>
    <message>
        <source>&amp;Updates and versions…</source>
        <translation>更新与版本(&amp;U)…</translation>
    </message>
    <message>
        <source>Show the installed versions; update, roll back, repair.</source>
        <translation>显示已安装的版本及并存的其他版本；更新、回退、修复。</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>键盘快捷键(&amp;K)</translation>
    </message>
    <message>
        <source>Show all shortcuts.</source>
        <translation>显示所有快捷键。</translation>
    </message>
    <message>
        <source>&amp;Methods and their settings</source>
        <translation>方法及其设置(&amp;M)</translation>
    </message>
    <message>
        <source>Describe every method, its paper and its settings.</source>
        <translation>介绍每种方法、其论文和设置。</translation>
    </message>
    <message>
        <source>&amp;Responsiveness</source>
        <translation>响应速度(&amp;R)</translation>
    </message>
    <message>
        <source>Measure how fast the window responds.</source>
        <translation>测量窗口的响应速度。</translation>
    </message>
    <message>
        <source>&amp;About</source>
        <translation>关于(&amp;A)</translation>
    </message>
    <message>
        <source>Show the version, licenses and library versions.</source>
        <translation>显示版本、许可证和各库的版本。</translation>
    </message>
</context>
<context>
    <name>AdviceList</name>
    <message>
        <source>Nothing loses less: every layer has its best format.</source>
        <translation>损失无法再降低：每一层都已使用最佳格式。</translation>
    </message>
    <message>
        <source>Nothing can be smaller.</source>
        <translation>无法再缩小。</translation>
    </message>
    <message>
        <source>Nothing can be faster.</source>
        <translation>没有更快的选择。</translation>
    </message>
    <message>
        <source>What would help most</source>
        <translation>收益最大的改动</translation>
    </message>
    <message>
        <source>What would cost least</source>
        <translation>代价最小的改动</translation>
    </message>
    <message>
        <source>Lock these layers at {0}, and change the file size by as much</source>
        <translation>将这些层锁定为 {0}，并相应调整文件大小</translation>
    </message>
    <message>
        <source>Lock these layers at {0}, and change the tokens per second by as much</source>
        <translation>将这些层锁定为 {0}，并相应调整每秒词元数</translation>
    </message>
</context>
<context>
    <name>AnswersComparison</name>
    <message>
        <source>Answers side by side</source>
        <translation>回答对照</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>原模型</translation>
    </message>
    <message>
        <source>{0} writes as its original.</source>
        <translation>{0} 的生成表现与原模型一致。</translation>
    </message>
    <message>
        <source>{0} does not write as its original: {1}.</source>
        <translation>{0} 的生成表现与原模型不一致：{1}。</translation>
    </message>
    <message>
        <source>the same</source>
        <translation>相同</translation>
    </message>
</context>
<context>
    <name>BackgroundRuns</name>
    <message>
        <source>Show run</source>
        <translation>查看运行</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>暂不</translation>
    </message>
    <message>
        <source>“{name}” is running in the background.</source>
        <translation>“{name}”正在后台运行。</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>忽略</translation>
    </message>
    <message>
        <source>The run of “{name}” was interrupted. Finished blocks are saved; resuming gives the same result as an uninterrupted run.</source>
        <translation>“{name}”的运行被中断。已完成的模块均已保存；恢复运行得到的结果与未中断时相同。</translation>
    </message>
    <message>
        <source>End the engine</source>
        <translation>结束引擎</translation>
    </message>
    <message>
        <source>Wait</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>The engine is not responding. It may be busy with a long step. If you end it, finished blocks are saved and the run can be resumed.</source>
        <translation>引擎没有响应，可能正在执行耗时较长的步骤。如果结束引擎，已完成的模块会保留，运行可以恢复。</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>BlockMenus</name>
    <message>
        <source>Run to here</source>
        <translation>运行到此处</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Add after…</source>
        <translation>在其后添加…</translation>
    </message>
    <message>
        <source>Stop bypassing</source>
        <translation>取消旁路</translation>
    </message>
    <message>
        <source>Bypass</source>
        <translation>旁路</translation>
    </message>
    <message>
        <source>Duplicate as branch</source>
        <translation>复制为分支</translation>
    </message>
    <message>
        <source>Swap method…</source>
        <translation>更换方法…</translation>
    </message>
    <message>
        <source>Compare as {letter}</source>
        <translation>作为 {letter} 比较</translation>
    </message>
    <message>
        <source>Don&apos;t pause after this block</source>
        <translation>不在此模块后暂停</translation>
    </message>
    <message>
        <source>Pause after this block</source>
        <translation>在此模块后暂停</translation>
    </message>
    <message>
        <source>Compare rotations</source>
        <translation>比较旋转</translation>
    </message>
    <message>
        <source>Input: {0}</source>
        <translation>输入：{0}</translation>
    </message>
    <message>
        <source>The original model (not linked)</source>
        <translation>原模型（未连接）</translation>
    </message>
    <message>
        <source>Not linked</source>
        <translation>未连接</translation>
    </message>
</context>
<context>
    <name>BlockModel</name>
    <message>
        <source>Block</source>
        <translation>模块</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>质量</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Bits</source>
        <translation>位数</translation>
    </message>
    <message>
        <source>“{0}” ran here. This block has not run yet.</source>
        <translation>此处运行过的是“{0}”。当前模块尚未运行。</translation>
    </message>
    <message>
        <source>The pipeline changed after this run. Run it again.</source>
        <translation>流水线在这次运行之后已更改，请重新运行。</translation>
    </message>
</context>
<context>
    <name>BlockTable</name>
    <message>
        <source>Blocks of the run</source>
        <translation>运行中的模块</translation>
    </message>
</context>
<context>
    <name>Board</name>
    <message>
        <source>Latest: {block}</source>
        <translation>最新：{block}</translation>
    </message>
    <message>
        <source>Latest block</source>
        <translation>最新模块</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>概览</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Distribution</source>
        <translation>分布</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Metrics</source>
        <translation>指标</translation>
    </message>
</context>
<context>
    <name>Canvas</name>
    <message>
        <source>Input “{0}”: the original model unless another is linked</source>
        <translation>输入“{0}”：未连接其他模型时使用原模型</translation>
    </message>
    <message>
        <source>Input “{0}”: not linked</source>
        <translation>输入“{0}”：未连接</translation>
    </message>
    <message>
        <source>optional</source>
        <translation>可选</translation>
    </message>
    <message>
        <source>Output of “{0}”</source>
        <translation>“{0}”的输出</translation>
    </message>
    <message>
        <source>{0}. Run the pipeline to see its size and metrics.</source>
        <translation>{0}。运行流水线后可查看其大小和指标。</translation>
    </message>
    <message>
        <source>Double-click to inspect it</source>
        <translation>双击以检视</translation>
    </message>
    <message>
        <source>{0} (optional): the original</source>
        <translation>{0}（可选）：原模型</translation>
    </message>
    <message>
        <source>{0}: not linked</source>
        <translation>{0}：未连接</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0}/{1}</translation>
    </message>
    <message>
        <source>{0} more: unfold to see them</source>
        <translation>还有 {0} 项：展开后可见</translation>
    </message>
    <message>
        <source>{0}: drag the title to move all blocks; double-click to fold them</source>
        <translation>{0}：拖动标题可移动所有模块；双击可折叠</translation>
    </message>
    <message>
        <source>Double-click to edit</source>
        <translation>双击以编辑</translation>
    </message>
</context>
<context>
    <name>CanvasEditor</name>
    <message>
        <source>Add block</source>
        <translation>添加模块</translation>
    </message>
    <message>
        <source>Add blocks</source>
        <translation>添加多个模块</translation>
    </message>
    <message numerus="yes">
        <source>Move %n blocks</source>
        <translation>
            <numerusform>移动 %n 个模块</numerusform>
        </translation>
    </message>
    <message>
        <source>Insert block</source>
        <translation>插入模块</translation>
    </message>
    <message>
        <source>Link blocks</source>
        <translation>连接模块</translation>
    </message>
    <message>
        <source>Remove link</source>
        <translation>移除连线</translation>
    </message>
    <message>
        <source>“{0}” is running. Cancel the run before you delete it.</source>
        <translation>“{0}”正在运行。请先取消运行，再删除它。</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Reorder blocks</source>
        <translation>调整模块顺序</translation>
    </message>
    <message>
        <source>Tidy up</source>
        <translation>整理布局</translation>
    </message>
    <message>
        <source>Bypass</source>
        <translation>旁路</translation>
    </message>
    <message>
        <source>Swap method</source>
        <translation>更换方法</translation>
    </message>
    <message>
        <source>Fold</source>
        <translation>折叠</translation>
    </message>
    <message>
        <source>Unfold</source>
        <translation>展开</translation>
    </message>
    <message>
        <source>Change settings shown on a card</source>
        <translation>更改卡片上显示的设置</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Name of the card</source>
        <translation>卡片名称</translation>
    </message>
    <message>
        <source>Add comment</source>
        <translation>添加注释</translation>
    </message>
    <message>
        <source>Frame blocks</source>
        <translation>为模块加框</translation>
    </message>
    <message>
        <source>Resize comment</source>
        <translation>调整注释大小</translation>
    </message>
</context>
<context>
    <name>CanvasMenus</name>
    <message>
        <source>Inspect</source>
        <translation>检视</translation>
    </message>
    <message>
        <source>Insert here…</source>
        <translation>在此处插入…</translation>
    </message>
    <message>
        <source>Remove link</source>
        <translation>移除连线</translation>
    </message>
    <message>
        <source>Edit comment</source>
        <translation>编辑注释</translation>
    </message>
    <message>
        <source>Frame</source>
        <translation>加框</translation>
    </message>
    <message>
        <source>Fold into one card</source>
        <translation>折叠为一张卡片</translation>
    </message>
    <message>
        <source>Ungroup</source>
        <translation>取消编组</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>创建副本</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Cut</source>
        <translation>剪切</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Unfold</source>
        <translation>展开</translation>
    </message>
    <message>
        <source>Run to here</source>
        <translation>运行到此处</translation>
    </message>
    <message>
        <source>Add after…</source>
        <translation>在其后添加…</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>重命名…</translation>
    </message>
    <message>
        <source>Save as a block…</source>
        <translation>存为模块…</translation>
    </message>
    <message>
        <source>Settings shown on the card</source>
        <translation>卡片上显示的设置</translation>
    </message>
    <message>
        <source>Add method…</source>
        <translation>添加方法…</translation>
    </message>
    <message>
        <source>Add comment</source>
        <translation>添加注释</translation>
    </message>
    <message>
        <source>Paste here</source>
        <translation>粘贴到此处</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>全选</translation>
    </message>
    <message>
        <source>Tidy up</source>
        <translation>整理布局</translation>
    </message>
    <message>
        <source>Zoom to fit</source>
        <translation>缩放至全部可见</translation>
    </message>
</context>
<context>
    <name>CanvasView</name>
    <message>
        <source>Pipeline canvas</source>
        <translation>流水线画布</translation>
    </message>
    <message>
        <source>The Outline panel shows the same pipeline as a list.</source>
        <translation>“大纲”面板以列表形式显示同一条流水线。</translation>
    </message>
    <message>
        <source>Drag a method here, or press / to search.
A pipeline starts with a model.</source>
        <translation>将方法拖到此处，或按 / 搜索。
流水线从模型开始。</translation>
    </message>
</context>
<context>
    <name>Card</name>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Weights before (gray) and after</source>
        <translation>压缩前（灰色）与压缩后的权重</translation>
    </message>
    <message>
        <source>Share of weights that stay, by layer</source>
        <translation>各层保留的权重比例</translation>
    </message>
    <message>
        <source>Singular values, logarithm</source>
        <translation>奇异值（对数）</translation>
    </message>
    <message>
        <source>Kurtosis before (gray) and after, by layer</source>
        <translation>各层压缩前（灰色）与压缩后的峰度</translation>
    </message>
    <message>
        <source>stopping…</source>
        <translation>正在停止…</translation>
    </message>
    <message>
        <source>Changed since the run began: the run continues with its original settings.</source>
        <translation>运行开始后有更改：本次运行仍按启动时的设置继续。</translation>
    </message>
    <message>
        <source>{0} bits</source>
        <translation>{0} 位</translation>
    </message>
    <message>
        <source>context {0}</source>
        <translation>上下文 {0}</translation>
    </message>
    <message>
        <source>Larger than the source: {size}, up from {former}.</source>
        <translation>比源模型更大：现为 {size}，原为 {former}。</translation>
    </message>
    <message>
        <source>{share} compressed</source>
        <translation>已压缩 {share}</translation>
    </message>
</context>
<context>
    <name>CardDialog</name>
    <message>
        <source>Open a model card</source>
        <translation>打开模型卡</translation>
    </message>
    <message>
        <source>A folder that this program exported, its replay.json or README.md, a GGUF file, or a repository of the hub says how it was made.</source>
        <translation>可以选择本程序导出的文件夹、其中的 replay.json 或 README.md、GGUF 文件，或 Hub 上的仓库，其中记录了模型的制作过程。</translation>
    </message>
    <message>
        <source>Choose an export to see how it was made</source>
        <translation>选择一个导出结果，查看其制作过程</translation>
    </message>
    <message>
        <source>Export folder, GGUF file, or owner/name on the hub</source>
        <translation>导出文件夹、GGUF 文件，或 Hub 上的 owner/name</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出结果</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>修订版</translation>
    </message>
    <message>
        <source>Branch, tag or commit on the hub. Leave empty for the latest.</source>
        <translation>Hub 上的分支、标签或提交。留空表示最新版本。</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>文件夹…</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>文件…</translation>
    </message>
    <message>
        <source>Make again</source>
        <translation>重新制作</translation>
    </message>
    <message>
        <source>All of it</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>The first layers of the last step</source>
        <translation>最后一步的前几层</translation>
    </message>
    <message>
        <source>The first layers take minutes instead of hours. Their weights are compared.</source>
        <translation>只制作前几层需要几分钟，而不是几小时。随后比较这些层的权重。</translation>
    </message>
    <message>
        <source>Number of layers</source>
        <translation>层数</translation>
    </message>
    <message>
        <source>As recorded</source>
        <translation>与记录相同</translation>
    </message>
    <message>
        <source>Base</source>
        <translation>基础模型</translation>
    </message>
    <message>
        <source>Folder, GGUF file or hub id of the model that it was made from.</source>
        <translation>制作时所用模型的文件夹、GGUF 文件或 Hub ID。</translation>
    </message>
    <message>
        <source>Add…</source>
        <translation>添加…</translation>
    </message>
    <message>
        <source>Texts that it was made with. They are found by their hashes.</source>
        <translation>制作时所用的文本，按哈希值查找。</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Open its pipeline</source>
        <translation>打开其流水线</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Replay</source>
        <translation>重放</translation>
    </message>
    <message>
        <source>Reading how it was made…</source>
        <translation>正在读取制作过程…</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>Folder of an export</source>
        <translation>导出文件夹</translation>
    </message>
    <message>
        <source>GGUF, replay.json, README.md (*.gguf *.json *.md);;All files (*)</source>
        <translation>GGUF、replay.json、README.md (*.gguf *.json *.md);;所有文件 (*)</translation>
    </message>
    <message>
        <source>File of an export</source>
        <translation>导出文件</translation>
    </message>
    <message>
        <source>Folder of the base</source>
        <translation>基础模型文件夹</translation>
    </message>
    <message>
        <source>Texts that it was made with</source>
        <translation>制作时所用的文本</translation>
    </message>
    <message>
        <source>Choose another export or correct the name.</source>
        <translation>请选择其他导出结果，或更正名称。</translation>
    </message>
    <message>
        <source>Nothing to show</source>
        <translation>没有可显示的内容</translation>
    </message>
    <message>
        <source>The replay was stopped. Nothing was compared.</source>
        <translation>重放已停止，未进行任何比较。</translation>
    </message>
    <message>
        <source>None but those that are found by their names</source>
        <translation>无，仅使用按名称找到的文件</translation>
    </message>
</context>
<context>
    <name>CardView</name>
    <message numerus="yes">
        <source>{format}, %n tensors, made with version {version}</source>
        <translation>
            <numerusform>{format}，%n 个张量，由版本 {version} 制作</numerusform>
        </translation>
    </message>
    <message>
        <source>It can&apos;t be made again: {0}.</source>
        <translation>无法重新制作：{0}。</translation>
    </message>
    <message>
        <source>, revision {0}</source>
        <translation>，修订版 {0}</translation>
    </message>
    <message>
        <source>Base</source>
        <translation>基础模型</translation>
    </message>
    <message>
        <source>Step {0}</source>
        <translation>第 {0} 步</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>on this machine</source>
        <translation>在本机上</translation>
    </message>
    <message>
        <source>not on this machine; add the file below</source>
        <translation>不在本机上；请在下方添加该文件</translation>
    </message>
    <message>
        <source>Hash {0}</source>
        <translation>哈希值 {0}</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>环境</translation>
    </message>
    <message>
        <source>Not recorded</source>
        <translation>未记录</translation>
    </message>
    <message>
        <source>Different here</source>
        <translation>与本机的差异</translation>
    </message>
    <message>
        <source>On this machine. Its tensors are compared before anything is made.</source>
        <translation>在本机上。开始制作前会先比较其张量。</translation>
    </message>
    <message>
        <source>Not on this machine. A replay fetches it from the hub.</source>
        <translation>不在本机上。重放时将从 Hub 下载。</translation>
    </message>
    <message>
        <source>Not found under this name. Name it below.</source>
        <translation>找不到此名称。请在下方指定。</translation>
    </message>
</context>
<context>
    <name>ChartFrame</name>
    <message>
        <source>Log x</source>
        <translation>X 对数</translation>
    </message>
    <message>
        <source>Logarithmic x axis</source>
        <translation>X 轴使用对数刻度</translation>
    </message>
    <message>
        <source>Log y</source>
        <translation>Y 对数</translation>
    </message>
    <message>
        <source>Logarithmic y axis</source>
        <translation>Y 轴使用对数刻度</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>跟随</translation>
    </message>
    <message>
        <source>Keep new data in view</source>
        <translation>始终显示新数据</translation>
    </message>
    <message>
        <source>Show all charts</source>
        <translation>显示所有图表</translation>
    </message>
    <message>
        <source>Enlarge</source>
        <translation>放大</translation>
    </message>
    <message>
        <source>Reset zoom</source>
        <translation>重置缩放</translation>
    </message>
    <message>
        <source>Export this chart</source>
        <translation>导出此图表</translation>
    </message>
    <message>
        <source>Picture (PNG)…</source>
        <translation>图片 (PNG)…</translation>
    </message>
    <message>
        <source>Drawing (SVG)…</source>
        <translation>矢量图 (SVG)…</translation>
    </message>
    <message>
        <source>Data shown (CSV)…</source>
        <translation>显示的数据 (CSV)…</translation>
    </message>
    <message>
        <source>Export chart</source>
        <translation>导出图表</translation>
    </message>
    <message>
        <source>The chart could not be saved</source>
        <translation>无法保存图表</translation>
    </message>
</context>
<context>
    <name>Choosers</name>
    <message>
        <source>Link the block to a model first; its layers are listed from that model.</source>
        <translation>请先将此模块连接到模型；层列表取自该模型。</translation>
    </message>
    <message>
        <source>The layers of this model are not recognized. Type their names instead.</source>
        <translation>无法识别此模型的层。请直接输入层名。</translation>
    </message>
    <message>
        <source>As in the mix</source>
        <translation>与混合方案相同</translation>
    </message>
</context>
<context>
    <name>ClaimsWindow</name>
    <message>
        <source>Claims</source>
        <translation>论断</translation>
    </message>
    <message>
        <source>The bundled sample</source>
        <translation>内置示例模型</translation>
    </message>
    <message>
        <source>What the papers claim of the methods, measured with several seeds: shown if the 95 % interval says so, contradicted if it says the opposite. Runs wait until it is over or stopped; what is measured stays.</source>
        <translation>用多个种子测量论文对各方法的论断：95 % 区间支持论断则为 shown（成立），支持相反结论则为 contradicted（相矛盾）。测量结束或停止之前，其他运行需要等待；已测得的结果会保留。</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Measure all</source>
        <translation>全部测量</translation>
    </message>
    <message>
        <source>Measure selected</source>
        <translation>测量所选</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stopping; finished measurements are saved</source>
        <translation>正在停止：已测得的结果会保留</translation>
    </message>
    <message>
        <source>Reading what was measured…</source>
        <translation>正在读取已测得的结果…</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>, about {0} left</source>
        <translation>，约剩 {0}</translation>
    </message>
    <message>
        <source>Section</source>
        <translation>章节</translation>
    </message>
    <message>
        <source>Claim</source>
        <translation>论断</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>结论</translation>
    </message>
    <message>
        <source>Seeds</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>确定性</translation>
    </message>
    <message numerus="yes">
        <source>%n of {0} rows were measured with earlier code or bundled texts.</source>
        <translation>
            <numerusform>{0} 行中有 %n 行是用较早的代码或内置文本测得的。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of {0} rows are missing.</source>
        <translation>
            <numerusform>{0} 行中缺少 %n 行。</numerusform>
        </translation>
    </message>
    <message>
        <source>What it would take: {0}</source>
        <translation>还需要：{0}</translation>
    </message>
</context>
<context>
    <name>Closing</name>
    <message>
        <source>If you stop it, it ends at the next safe point. Finished blocks are saved and the run can be resumed.</source>
        <translation>如果停止，运行会在下一个安全点结束。已完成的模块会保存，运行可以恢复。</translation>
    </message>
    <message>
        <source>Runs on other machines continue either way.</source>
        <translation>其他机器上的运行不受影响，会继续进行。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation>停止并关闭</translation>
    </message>
    <message>
        <source>It can also continue without the window; the studio shows it again at the next start.</source>
        <translation>也可以关闭窗口而让运行继续；下次启动时会重新显示它。</translation>
    </message>
    <message>
        <source>Close and keep running</source>
        <translation>关闭并继续运行</translation>
    </message>
    <message>
        <source>A run is in progress</source>
        <translation>有运行正在进行</translation>
    </message>
    <message>
        <source>Closing after the next safe point…</source>
        <translation>将在下一个安全点之后关闭…</translation>
    </message>
</context>
<context>
    <name>CodesChart</name>
    <message>
        <source>Use of the 4-bit code values</source>
        <translation>4 位码值的使用情况</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>没有可绘制的数据</translation>
    </message>
    <message>
        <source>The weights are all zero or not finite.</source>
        <translation>权重全为零，或含有非有限值。</translation>
    </message>
    <message>
        <source>Value / block maximum</source>
        <translation>值 / 分块最大值</translation>
    </message>
    <message>
        <source>Fraction of weights</source>
        <translation>权重占比</translation>
    </message>
    <message>
        <source>{0}: error {1}</source>
        <translation>{0}：误差 {1}</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Find an action</source>
        <translation>查找操作</translation>
    </message>
    <message>
        <source>Search for an action</source>
        <translation>搜索操作</translation>
    </message>
    <message>
        <source>Actions</source>
        <translation>操作</translation>
    </message>
</context>
<context>
    <name>ComparePanel</name>
    <message>
        <source>Result A</source>
        <translation>结果 A</translation>
    </message>
    <message>
        <source>Result B</source>
        <translation>结果 B</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>The comparison was stopped.</source>
        <translation>比较已停止。</translation>
    </message>
    <message>
        <source>Nothing to compare yet</source>
        <translation>还没有可比较的结果</translation>
    </message>
    <message>
        <source>Run a pipeline with at least two blocks or with branches. Every block&apos;s result can be compared.</source>
        <translation>请运行至少含两个模块或含有分支的流水线。每个模块的结果都可以比较。</translation>
    </message>
    <message>
        <source>Metrics of the results</source>
        <translation>各结果的指标</translation>
    </message>
    <message>
        <source>Compare the layers</source>
        <translation>比较各层</translation>
    </message>
    <message>
        <source>Reads the weights of the results and shows sizes, errors, outliers and distributions of every layer.</source>
        <translation>读取各结果的权重，显示每一层的大小、误差、离群值和分布。</translation>
    </message>
    <message>
        <source>Compare layers</source>
        <translation>比较各层</translation>
    </message>
    <message>
        <source>Metrics</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Rotations</source>
        <translation>旋转</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Copy or save the metrics</source>
        <translation>复制或保存指标</translation>
    </message>
    <message>
        <source>Swap A and B</source>
        <translation>交换 A 和 B</translation>
    </message>
    <message>
        <source>Compare more than two results</source>
        <translation>比较两个以上的结果</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>No other results</source>
        <translation>没有其他结果</translation>
    </message>
    <message>
        <source>{0} more</source>
        <translation>还有 {0} 个</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差值</translation>
    </message>
    <message>
        <source>Ratio</source>
        <translation>比值</translation>
    </message>
    <message>
        <source>B vs. A</source>
        <translation>B 对 A</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>Measured differently, so the metrics can&apos;t be compared: {0}</source>
        <translation>测量方式不同，指标无法比较：{0}</translation>
    </message>
    <message>
        <source>Zero by definition: this is the original compared with itself.</source>
        <translation>按定义为零：这是原模型与自身的比较。</translation>
    </message>
    <message>
        <source>Evaluated with: {0}</source>
        <translation>评估所用：{0}</translation>
    </message>
    <message>
        <source>Evaluation settings</source>
        <translation>评估设置</translation>
    </message>
    <message>
        <source>differs</source>
        <translation>不同</translation>
    </message>
    <message>
        <source>same</source>
        <translation>相同</translation>
    </message>
</context>
<context>
    <name>CompareView</name>
    <message>
        <source>Reading the layers of {0} of {1}…</source>
        <translation>正在读取第 {0} 个结果的层（共 {1} 个）…</translation>
    </message>
</context>
<context>
    <name>Contents</name>
    <message>
        <source>Block shown</source>
        <translation>显示的模块</translation>
    </message>
    <message>
        <source>Filter charts</source>
        <translation>筛选图表</translation>
    </message>
    <message>
        <source>Charts and plots</source>
        <translation>图表</translation>
    </message>
    <message>
        <source>Select one to enlarge it; select several with Ctrl or Shift to see them side by side</source>
        <translation>选择一个可将其放大；按住 Ctrl 或 Shift 选择多个可并排查看</translation>
    </message>
</context>
<context>
    <name>CrashDialog</name>
    <message>
        <source>Unexpected error</source>
        <translation>意外错误</translation>
    </message>
    <message>
        <source>An unexpected error occurred</source>
        <translation>发生意外错误</translation>
    </message>
    <message>
        <source>Your pipeline was saved for recovery. You can continue working; if something looks wrong, save under another name and restart. The report is in {folder}. It names no files, models, people or machines. This is all of it, and it is not sent anywhere.</source>
        <translation>流水线已保存，可供恢复。您可以继续工作；如果发现异常，请另存为其他名称并重新启动。报告位于 {folder}，其中不含文件、模型、人员或机器的名称。以下即为报告全文，不会发送到任何地方。</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>复制报告</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>CurvesChart</name>
    <message>
        <source>Metric</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>Metric shown</source>
        <translation>显示的指标</translation>
    </message>
    <message>
        <source>Metrics</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>No metrics yet</source>
        <translation>还没有指标</translation>
    </message>
    <message>
        <source>Curves appear here while a block trains.</source>
        <translation>模块训练时，曲线会显示在此处。</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>{what} of {block}</source>
        <translation>{block} 的 {what}</translation>
    </message>
</context>
<context>
    <name>Differences</name>
    <message>
        <source>Differences in settings</source>
        <translation>设置差异</translation>
    </message>
    <message>
        <source>The same settings</source>
        <translation>设置相同</translation>
    </message>
    <message>
        <source>Select two results or more</source>
        <translation>请选择两个或更多结果</translation>
    </message>
    <message>
        <source>The blocks before them differ.</source>
        <translation>它们之前的模块不同。</translation>
    </message>
    <message>
        <source>Ctrl+click adds a result.</source>
        <translation>Ctrl+单击可添加结果。</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>设置</translation>
    </message>
</context>
<context>
    <name>DistributionChart</name>
    <message>
        <source>All layers</source>
        <translation>所有层</translation>
    </message>
    <message>
        <source>Show all layers as a heat map</source>
        <translation>以热力图显示所有层</translation>
    </message>
    <message>
        <source>One layer</source>
        <translation>单层</translation>
    </message>
    <message>
        <source>Show the selected layer as a histogram</source>
        <translation>以直方图显示所选层</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>Show the distribution of the weights</source>
        <translation>显示权重分布</translation>
    </message>
</context>
<context>
    <name>Document</name>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
</context>
<context>
    <name>Editor</name>
    <message>
        <source>Choose {0}</source>
        <translation>选择 {0}</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
</context>
<context>
    <name>ExportPanel</name>
    <message>
        <source>Formats</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Run a pipeline first. Each result can then be exported for other programs.</source>
        <translation>请先运行一条流水线。之后每个结果都可以导出给其他程序使用。</translation>
    </message>
    <message>
        <source>Nothing to export yet</source>
        <translation>还没有可导出的内容</translation>
    </message>
    <message>
        <source>A new or empty folder</source>
        <translation>新文件夹或空文件夹</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>浏览…</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Export and verify</source>
        <translation>导出并验证</translation>
    </message>
    <message>
        <source>Reading the result…</source>
        <translation>正在读取结果…</translation>
    </message>
    <message>
        <source>{0} bits per weight</source>
        <translation>每权重 {0} 位</translation>
    </message>
    <message>
        <source>lossless</source>
        <translation>无损</translation>
    </message>
    <message>
        <source>smallest lossless format</source>
        <translation>最小的无损格式</translation>
    </message>
    <message>
        <source>Export folder</source>
        <translation>导出文件夹</translation>
    </message>
    <message>
        <source>Choose a folder to write to.</source>
        <translation>请选择要写入的文件夹。</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>The export was stopped. No files were written.</source>
        <translation>导出已停止，未写入任何文件。</translation>
    </message>
</context>
<context>
    <name>FailureDialog</name>
    <message>
        <source>What failed</source>
        <translation>失败详情</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>模块</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>解决办法</translation>
    </message>
    <message>
        <source>Copy all</source>
        <translation>全部复制</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>FieldRow</name>
    <message>
        <source>Help for {0}</source>
        <translation>{0} 的帮助</translation>
    </message>
    <message>
        <source>Reset to default ({0})</source>
        <translation>重置为默认值（{0}）</translation>
    </message>
    <message>
        <source>Reset {0}</source>
        <translation>重置 {0}</translation>
    </message>
    <message>
        <source>Try several values</source>
        <translation>尝试多个取值</translation>
    </message>
    <message>
        <source>Try several values of {0}</source>
        <translation>尝试 {0} 的多个取值</translation>
    </message>
</context>
<context>
    <name>FileController</name>
    <message>
        <source>Pipelines, replay.json, GGUF (*.json *.gguf);;All files (*)</source>
        <translation>流水线、replay.json、GGUF (*.json *.gguf);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Open a pipeline</source>
        <translation>打开流水线</translation>
    </message>
    <message>
        <source>These steps made “{0}”. Check the model and the files that they name.</source>
        <translation>“{0}”由这些步骤制作。请检查其中指定的模型和文件。</translation>
    </message>
    <message>
        <source>Replace model</source>
        <translation>替换模型</translation>
    </message>
    <message>
        <source>The pipeline now uses “{0}”. Undo restores the former model.</source>
        <translation>流水线现在使用“{0}”。撤销可恢复原来的模型。</translation>
    </message>
    <message>
        <source>Add model</source>
        <translation>添加模型</translation>
    </message>
    <message>
        <source>Add “{name}” or replace the model?</source>
        <translation>添加“{name}”还是替换模型？</translation>
    </message>
    <message>
        <source>The pipeline starts with “{old}”. Add the new model as a separate block, for example as a teacher, or replace the model, which makes all results outdated. Either can be undone.</source>
        <translation>该流水线从“{old}”开始。可以将新模型添加为单独的模块（例如用作教师模型），也可以替换现有模型，替换后所有结果都会过期。两种操作都可以撤销。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Add as a block</source>
        <translation>添加为模块</translation>
    </message>
    <message>
        <source>Add “{name}” as a model, open its pipeline, or check how it was made?</source>
        <translation>将“{name}”添加为模型、打开其流水线，还是查看其制作过程？</translation>
    </message>
    <message>
        <source>It is an export that carries the steps it was made with.</source>
        <translation>这是一个导出结果，其中附有制作步骤。</translation>
    </message>
    <message>
        <source>Open its card</source>
        <translation>打开其模型卡</translation>
    </message>
    <message>
        <source>Open its pipeline</source>
        <translation>打开其流水线</translation>
    </message>
    <message>
        <source>Add as a model</source>
        <translation>添加为模型</translation>
    </message>
    <message>
        <source>Pipelines (*.json)</source>
        <translation>流水线 (*.json)</translation>
    </message>
    <message>
        <source>Save the pipeline</source>
        <translation>保存流水线</translation>
    </message>
    <message>
        <source>Saved to {path}</source>
        <translation>已保存到 {path}</translation>
    </message>
    <message>
        <source>Save changes to “{name}”?</source>
        <translation>是否保存对“{name}”的更改？</translation>
    </message>
    <message>
        <source>Unsaved changes will be lost.</source>
        <translation>未保存的更改将会丢失。</translation>
    </message>
    <message>
        <source>Without saving, File › Reopen closed pipeline restores them until the studio is closed.</source>
        <translation>如果不保存，在关闭程序之前，可通过“文件 › 重新打开已关闭的流水线”恢复这些更改。</translation>
    </message>
    <message>
        <source>Don&apos;t save</source>
        <translation>不保存</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Recover</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>The recovery copy could not be written. Save your work now. {why}</source>
        <translation>无法写入恢复副本。请立即保存您的工作。{why}</translation>
    </message>
</context>
<context>
    <name>FitDialog</name>
    <message>
        <source>Fit a model to a size</source>
        <translation>按大小压缩模型</translation>
    </message>
    <message>
        <source>Fit to this size</source>
        <translation>压缩到此大小</translation>
    </message>
    <message>
        <source>60MB, 1.5GB or 40%</source>
        <translation>60MB、1.5GB 或 40%</translation>
    </message>
    <message>
        <source>with context {0}</source>
        <translation>上下文 {0}</translation>
    </message>
    <message>
        <source>File alone</source>
        <translation>仅文件</translation>
    </message>
    <message>
        <source>A share is of the bytes of all parameters in 16 bits.</source>
        <translation>百分比相对于全部参数以 16 位存储时的字节数。</translation>
    </message>
    <message>
        <source>{size} for the file and the keys and values of a context of {count}. The model has {now} on disk.</source>
        <translation>文件与上下文 {count} 的键和值共 {size}。模型在磁盘上占 {now}。</translation>
    </message>
    <message>
        <source>Keys and values of a context of {count} alone take {keys}. Choose a larger size or a shorter context.</source>
        <translation>仅上下文 {count} 的键和值就占 {keys}。请选择更大的体积或更短的上下文。</translation>
    </message>
    <message>
        <source>Keys and values of a context of {count} take {keys} of the {size}. For the file:</source>
        <translation>上下文 {count} 的键和值占 {size} 中的 {keys}。文件部分：</translation>
    </message>
    <message>
        <source>{size}: {share} of the {whole} in 16 bits. The model has {now} on disk.</source>
        <translation>{size}：16 位时 {whole} 的 {share}。模型在磁盘上占 {now}。</translation>
    </message>
    <message>
        <source>It is that small already.</source>
        <translation>它已经这么小了。</translation>
    </message>
    <message>
        <source>Parts of the model have to go: allow that in the settings of the block.</source>
        <translation>必须移除模型的一部分：请在该块的设置中允许。</translation>
    </message>
    <message>
        <source>“{0}” reaches smaller sizes.</source>
        <translation>“{0}”可达到更小的体积。</translation>
    </message>
</context>
<context>
    <name>FitPanel</name>
    <message>
        <source>No plan yet</source>
        <translation>还没有方案</translation>
    </message>
    <message>
        <source>Nothing fitted yet</source>
        <translation>还没有适配结果</translation>
    </message>
    <message>
        <source>Unlock all ({0})</source>
        <translation>全部解锁（{0}）</translation>
    </message>
    <message>
        <source>{0} bits a weight</source>
        <translation>每权重 {0} 位</translation>
    </message>
    <message>
        <source>without {0}</source>
        <translation>不含{0}</translation>
    </message>
    <message>
        <source>keys and values {0}</source>
        <translation>键和值 {0}</translation>
    </message>
    <message>
        <source>predicted KL {0}</source>
        <translation>预测 KL {0}</translation>
    </message>
    <message>
        <source>Fitted block</source>
        <translation>适配模块</translation>
    </message>
    <message>
        <source>Size and predicted KL divergence of the plan</source>
        <translation>方案的大小和预测 KL 散度</translation>
    </message>
    <message>
        <source>Unlock all layers</source>
        <translation>解锁所有层</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>解锁</translation>
    </message>
    <message>
        <source>Give the block this size and these locks, and run the pipeline</source>
        <translation>将此大小和这些锁定应用到模块，并运行流水线</translation>
    </message>
    <message>
        <source>Build this plan</source>
        <translation>构建此方案</translation>
    </message>
    <message>
        <source>Replace the block by an ordinary one that has a format for each layer</source>
        <translation>用逐层指定格式的普通模块替换此模块</translation>
    </message>
    <message>
        <source>Turn into ordinary blocks</source>
        <translation>转换为普通模块</translation>
    </message>
    <message>
        <source>Format of each layer, and why</source>
        <translation>各层的格式及理由</translation>
    </message>
    <message>
        <source>Run Fit to budget once: it measures how much each layer matters. Then any file size can be chosen here.</source>
        <translation>先运行一次“适配预算”，它会测量每一层的重要程度。之后可在此选择任意文件大小。</translation>
    </message>
    <message>
        <source>Front</source>
        <translation>前沿</translation>
    </message>
    <message>
        <source>Advice</source>
        <translation>建议</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Copy or save the table of layers</source>
        <translation>复制或保存各层的表格</translation>
    </message>
</context>
<context>
    <name>FitView</name>
    <message>
        <source>Build the plan of {0}</source>
        <translation>构建 {0} 的方案</translation>
    </message>
    <message>
        <source>The Fit to budget block for this plan was removed from the canvas.</source>
        <translation>此方案对应的“适配预算”模块已从画布中移除。</translation>
    </message>
    <message>
        <source>Turn a plan into an ordinary block</source>
        <translation>将方案转换为普通模块</translation>
    </message>
    <message>
        <source>“{block}” has the formats of the plan. Undo brings Fit to budget back.</source>
        <translation>“{block}”已采用方案中的格式。撤销可恢复“适配预算”。</translation>
    </message>
</context>
<context>
    <name>FrontChart</name>
    <message>
        <source>Size and predicted loss</source>
        <translation>大小与预测损失</translation>
    </message>
    <message>
        <source>No plan yet</source>
        <translation>还没有方案</translation>
    </message>
    <message>
        <source>Predicted loss for each file size appears here.</source>
        <translation>各文件大小对应的预测损失会显示在此处。</translation>
    </message>
    <message>
        <source>File size</source>
        <translation>文件大小</translation>
    </message>
    <message>
        <source>KL divergence (nats a token)</source>
        <translation>KL 散度（nat/token）</translation>
    </message>
    <message>
        <source>Fit, predicted</source>
        <translation>适配（预测）</translation>
    </message>
    <message>
        <source>Uniform, predicted</source>
        <translation>统一格式（预测）</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>实测</translation>
    </message>
    <message>
        <source>size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>measured</source>
        <translation>实测</translation>
    </message>
    <message>
        <source>{0} nats</source>
        <translation>{0} nat</translation>
    </message>
    <message>
        <source>predicted</source>
        <translation>预测</translation>
    </message>
    <message>
        <source>Uniform {0}</source>
        <translation>统一 {0}</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适配</translation>
    </message>
    <message>
        <source>{0} nats ({1} to {2})</source>
        <translation>{0} nats（{1} 至 {2}）</translation>
    </message>
</context>
<context>
    <name>GridChart</name>
    <message>
        <source>3D</source>
        <translation>3D</translation>
    </message>
    <message>
        <source>Show as a surface; drag to rotate</source>
        <translation>显示为曲面；拖动可旋转</translation>
    </message>
    <message>
        <source>Logarithmic colors make small values visible</source>
        <translation>对数颜色可突显小数值</translation>
    </message>
    <message>
        <source>Log colors</source>
        <translation>对数颜色</translation>
    </message>
    <message>
        <source>row</source>
        <translation>行</translation>
    </message>
    <message>
        <source>column</source>
        <translation>列</translation>
    </message>
    <message>
        <source>value</source>
        <translation>值</translation>
    </message>
</context>
<context>
    <name>Group</name>
    <message>
        <source>More settings</source>
        <translation>更多设置</translation>
    </message>
    <message>
        <source>  ·  {0} changed</source>
        <translation>  ·  已更改 {0} 项</translation>
    </message>
    <message>
        <source>Settings: {0}</source>
        <translation>设置：{0}</translation>
    </message>
</context>
<context>
    <name>HeatChart</name>
    <message>
        <source>Weights of all layers</source>
        <translation>所有层的权重</translation>
    </message>
    <message>
        <source>No distributions yet</source>
        <translation>还没有分布</translation>
    </message>
    <message>
        <source>Each finished layer adds a row.</source>
        <translation>每完成一层会增加一行。</translation>
    </message>
    <message>
        <source>Weight / largest |weight| of the layer</source>
        <translation>权重 / 该层最大 |权重|</translation>
    </message>
    <message>
        <source>Weights before or after compression</source>
        <translation>压缩前或压缩后的权重</translation>
    </message>
    <message>
        <source>After</source>
        <translation>压缩后</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>压缩前</translation>
    </message>
    <message>
        <source>Logarithmic colors make rare values visible</source>
        <translation>对数颜色可突显罕见数值</translation>
    </message>
    <message>
        <source>Log colors</source>
        <translation>对数颜色</translation>
    </message>
    <message>
        <source>Fraction of weights</source>
        <translation>权重占比</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>fraction</source>
        <translation>占比</translation>
    </message>
</context>
<context>
    <name>HelpWindow</name>
    <message>
        <source>Guide</source>
        <translation>指南</translation>
    </message>
    <message>
        <source>What is new</source>
        <translation>新增功能</translation>
    </message>
    <message>
        <source>Glossary</source>
        <translation>术语表</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Fit to budget</source>
        <translation>适配预算</translation>
    </message>
    <message>
        <source>Quantization</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>Pruning</source>
        <translation>剪枝</translation>
    </message>
    <message>
        <source>Distillation</source>
        <translation>蒸馏</translation>
    </message>
    <message>
        <source>Low rank</source>
        <translation>低秩</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>File formats</source>
        <translation>文件格式</translation>
    </message>
    <message>
        <source>About</source>
        <translation>关于</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>页面</translation>
    </message>
</context>
<context>
    <name>HistogramChart</name>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>No distribution yet</source>
        <translation>还没有分布</translation>
    </message>
    <message>
        <source>Each layer&apos;s weights before and after compression appear here.</source>
        <translation>每一层压缩前后的权重会显示在此处。</translation>
    </message>
    <message>
        <source>Weight</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>Fraction of weights per bin</source>
        <translation>每个区间的权重占比</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Layer shown</source>
        <translation>显示的层</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>压缩前</translation>
    </message>
    <message>
        <source>After</source>
        <translation>压缩后</translation>
    </message>
    <message>
        <source>Adapter update</source>
        <translation>适配器增量</translation>
    </message>
    <message>
        <source>{0} at {1}</source>
        <translation>{0}，位于 {1}</translation>
    </message>
</context>
<context>
    <name>Housekeeping</name>
    <message>
        <source>{0} of old artifacts were deleted to stay within the limit in Preferences.</source>
        <translation>为不超出首选项中的限额，已删除 {0} 旧产物。</translation>
    </message>
</context>
<context>
    <name>InquiryPages</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
</context>
<context>
    <name>InspectorPanel</name>
    <message>
        <source>Error of this layer in NF4, FP4 and int4</source>
        <translation>该层在 NF4、FP4 和 int4 下的误差</translation>
    </message>
    <message>
        <source>4 bits</source>
        <translation>4 位</translation>
    </message>
    <message>
        <source>Choose a model or result above to see the size, outliers and error of each layer.</source>
        <translation>请在上方选择模型或结果，以查看每一层的大小、离群值和误差。</translation>
    </message>
    <message>
        <source>Nothing to show yet</source>
        <translation>还没有可显示的内容</translation>
    </message>
    <message>
        <source>Inspect “{0}”</source>
        <translation>检视“{0}”</translation>
    </message>
    <message>
        <source>Reads the weights of every layer and shows size, outliers and error relative to the original.</source>
        <translation>读取每一层的权重，显示其大小、离群值以及相对原模型的误差。</translation>
    </message>
    <message>
        <source>Ready to inspect</source>
        <translation>可以开始检视</translation>
    </message>
    <message>
        <source>Skip {layer} in this block</source>
        <translation>在此模块中跳过 {layer}</translation>
    </message>
    <message>
        <source>Skip all “{role}” layers in this block</source>
        <translation>在此模块中跳过所有“{role}”层</translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation>复制为 Markdown</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation>复制为 CSV</translation>
    </message>
    <message>
        <source>Model or result</source>
        <translation>模型或结果</translation>
    </message>
    <message>
        <source>Choose a model or result…</source>
        <translation>选择模型或结果…</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Rotation</source>
        <translation>旋转</translation>
    </message>
    <message>
        <source>Filter by name or role</source>
        <translation>按名称或作用筛选</translation>
    </message>
    <message>
        <source>Filter layers</source>
        <translation>筛选层</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>列</translation>
    </message>
    <message>
        <source>Show or hide columns</source>
        <translation>显示或隐藏列</translation>
    </message>
    <message>
        <source>Copy or save the table</source>
        <translation>复制或保存表格</translation>
    </message>
    <message>
        <source>Plots of this layer</source>
        <translation>该层的图表</translation>
    </message>
    <message numerus="yes">
        <source>{0} of %n layers</source>
        <translation>
            <numerusform>%n 层中的 {0} 层</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers</source>
        <translation>
            <numerusform>%n 层</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} parameters</source>
        <translation>{0} 个参数</translation>
    </message>
    <message>
        <source>{0} bits per weight</source>
        <translation>每权重 {0} 位</translation>
    </message>
    <message>
        <source>activations from {0} tokens</source>
        <translation>激活取自 {0} 个 token</translation>
    </message>
</context>
<context>
    <name>InspectorView</name>
    <message>
        <source>Reading every layer…</source>
        <translation>正在读取每一层…</translation>
    </message>
    <message>
        <source>rotated: weight errors do not apply</source>
        <translation>已旋转：权重误差不适用</translation>
    </message>
    <message>
        <source>Measuring activations…</source>
        <translation>正在测量激活…</translation>
    </message>
    <message>
        <source>“{block}” can&apos;t skip layers.</source>
        <translation>“{block}”不支持跳过层。</translation>
    </message>
    <message>
        <source>Skip {layer}</source>
        <translation>跳过 {layer}</translation>
    </message>
    <message>
        <source>“{block}” will skip {layer} in the next run.</source>
        <translation>“{block}”下次运行时将跳过 {layer}。</translation>
    </message>
</context>
<context>
    <name>JobRow</name>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>正在停止…</translation>
    </message>
</context>
<context>
    <name>LayerDialog</name>
    <message>
        <source>Filter, such as down, layers.3 or 12</source>
        <translation>筛选，例如 down、layers.3 或 12</translation>
    </message>
    <message>
        <source>Filter layers</source>
        <translation>筛选层</translation>
    </message>
    <message>
        <source>Layers of the model</source>
        <translation>模型的层</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>作用</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>形状</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>By layer</source>
        <translation>按层</translation>
    </message>
    <message>
        <source>By role</source>
        <translation>按作用</translation>
    </message>
    <message>
        <source>None</source>
        <translation>全不选</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Use selected layers</source>
        <translation>使用所选的层</translation>
    </message>
    <message>
        <source>Outside the layers</source>
        <translation>不属于任何层</translation>
    </message>
    <message>
        <source>Layer {0} · {1}</source>
        <translation>第 {0} 层 · {1}</translation>
    </message>
    <message numerus="yes">
        <source>{0} of %n linear layers · {1} of {2} parameters</source>
        <translation>
            <numerusform>%n 个线性层中的 {0} 个 · {2} 个参数中的 {1} 个</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LayersChart</name>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Sparsity per layer</source>
        <translation>各层稀疏度</translation>
    </message>
    <message>
        <source>No layers yet</source>
        <translation>还没有层</translation>
    </message>
    <message>
        <source>Each layer appears here when a block has finished it.</source>
        <translation>模块每完成一层，该层就会显示在此处。</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>Layer metric shown</source>
        <translation>显示的层指标</translation>
    </message>
    <message>
        <source>{0} per layer</source>
        <translation>各层 {0}</translation>
    </message>
</context>
<context>
    <name>LayersComparison</name>
    <message>
        <source>Metric</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>Save the table of layers</source>
        <translation>保存各层的表格</translation>
    </message>
    <message>
        <source>Save this table as CSV</source>
        <translation>将此表格保存为 CSV</translation>
    </message>
    <message>
        <source>Layers of the results</source>
        <translation>各结果的层</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>原模型</translation>
    </message>
    <message>
        <source>Weights of {0}</source>
        <translation>{0} 的权重</translation>
    </message>
    <message>
        <source>{0} by layer</source>
        <translation>各层 {0}</translation>
    </message>
</context>
<context>
    <name>LayersModel</name>
    <message>
        <source>Index of the decoder or encoder layer; empty outside the layers.</source>
        <translation>解码器层或编码器层的序号；不属于任何层时为空。</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Name of the module in the checkpoint.</source>
        <translation>该 module 在检查点中的名称。</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>作用</translation>
    </message>
    <message>
        <source>Function of the module in its layer.</source>
        <translation>该 module 在层中的功能。</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>形状</translation>
    </message>
    <message>
        <source>Output × input features, as stored.</source>
        <translation>输出 × 输入特征数，与存储顺序一致。</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Storage format of the weight.</source>
        <translation>权重的存储格式。</translation>
    </message>
</context>
<context>
    <name>LayersPicker</name>
    <message>
        <source>Choose from this model&apos;s layers</source>
        <translation>从该模型的层中选择</translation>
    </message>
    <message>
        <source>Choose {0} from the model&apos;s layers</source>
        <translation>从该模型的层中选择 {0}</translation>
    </message>
</context>
<context>
    <name>Layouts</name>
    <message>
        <source>Layouts</source>
        <translation>布局</translation>
    </message>
    <message>
        <source>Inspect</source>
        <translation>检视</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Enlarge the panels of this task; Esc puts everything back.</source>
        <translation>放大此任务的面板；按 Esc 恢复原样。</translation>
    </message>
    <message>
        <source>Save layout</source>
        <translation>保存布局</translation>
    </message>
    <message>
        <source>Layout name</source>
        <translation>布局名称</translation>
    </message>
    <message>
        <source>Layout “{name}” was added to the View menu.</source>
        <translation>布局“{name}”已添加到“视图”菜单。</translation>
    </message>
    <message>
        <source>Layout “{name}” was deleted.</source>
        <translation>布局“{name}”已删除。</translation>
    </message>
    <message>
        <source>A layout named “{name}” exists already.</source>
        <translation>已有名为“{name}”的布局。</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>替换</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Layout: {name}</source>
        <translation>布局：{name}</translation>
    </message>
    <message>
        <source>Restore this arrangement of panels.</source>
        <translation>恢复这一面板排列。</translation>
    </message>
    <message>
        <source>Delete layout: {name}</source>
        <translation>删除布局：{name}</translation>
    </message>
    <message>
        <source>Remove this layout.</source>
        <translation>移除此布局。</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>More curves</source>
        <translation>更多曲线</translation>
    </message>
    <message>
        <source>Hide {0}</source>
        <translation>隐藏 {0}</translation>
    </message>
    <message>
        <source>Show {0}</source>
        <translation>显示 {0}</translation>
    </message>
</context>
<context>
    <name>LogView</name>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>警告和错误</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>级别</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>筛选</translation>
    </message>
    <message>
        <source>Save the log as text</source>
        <translation>将日志保存为文本</translation>
    </message>
    <message>
        <source>Messages from the engine appear here.</source>
        <translation>引擎的消息会显示在此处。</translation>
    </message>
    <message>
        <source>Save the log</source>
        <translation>保存日志</translation>
    </message>
    <message>
        <source>Text (*.txt)</source>
        <translation>文本 (*.txt)</translation>
    </message>
</context>
<context>
    <name>MachineCard</name>
    <message>
        <source>Check</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Install…</source>
        <translation>安装…</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Install this version there, in a folder of its own.</source>
        <translation>在该机器上安装此版本，使用单独的文件夹。</translation>
    </message>
    <message>
        <source>Not checked yet</source>
        <translation>尚未检查</translation>
    </message>
    <message numerus="yes">
        <source>%n processes, {0}</source>
        <translation>
            <numerusform>%n 个进程，{0}</numerusform>
        </translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>正在连接…</translation>
    </message>
    <message>
        <source>{0} of memory</source>
        <translation>{0} 内存</translation>
    </message>
    <message>
        <source>{0} free on the disk</source>
        <translation>磁盘剩余 {0}</translation>
    </message>
    <message>
        <source>version {0}</source>
        <translation>版本 {0}</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>跟踪</translation>
    </message>
    <message>
        <source>Nothing runs there.</source>
        <translation>该机器上没有运行。</translation>
    </message>
    <message numerus="yes">
        <source>%n more run.</source>
        <translation>
            <numerusform>另有 %n 个运行。</numerusform>
        </translation>
    </message>
    <message>
        <source>compression-studio {version} goes to {name} ({where}), into a folder of its own. Torch and other libraries are fetched there from the package index, which takes some minutes and some GB.</source>
        <translation>compression-studio {version} 将安装到 {name}（{where}）的单独文件夹中。Torch 和其他库由该机器从软件包索引下载，需要几分钟时间和数 GB 空间。</translation>
    </message>
    <message>
        <source>Install</source>
        <translation>安装</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Install there?</source>
        <translation>在该机器上安装？</translation>
    </message>
    <message>
        <source>Installing…</source>
        <translation>正在安装…</translation>
    </message>
</context>
<context>
    <name>MachineChoice</name>
    <message>
        <source>Machines…</source>
        <translation>机器…</translation>
    </message>
    <message>
        <source>One process</source>
        <translation>单进程</translation>
    </message>
    <message>
        <source>DDP: each GPU has the whole model</source>
        <translation>DDP：每个 GPU 持有完整模型</translation>
    </message>
    <message>
        <source>FSDP2: the weights are split over the GPUs</source>
        <translation>FSDP2：权重分片到各个 GPU</translation>
    </message>
    <message numerus="yes">
        <source>%n processes, {0}</source>
        <translation>
            <numerusform>%n 个进程，{0}</numerusform>
        </translation>
    </message>
    <message>
        <source>Use my Hugging Face token there</source>
        <translation>在该机器上使用我的 Hugging Face 令牌</translation>
    </message>
    <message>
        <source>For models that only your account may download. The token is sent for each run and not stored there.</source>
        <translation>用于只有您的账户才能下载的模型。令牌随每次运行发送，不会保存在那里。</translation>
    </message>
    <message>
        <source>, {0} × {1}</source>
        <translation>，{0} × {1}</translation>
    </message>
    <message>
        <source>On {0}</source>
        <translation>在 {0} 上</translation>
    </message>
    <message>
        <source>On this computer</source>
        <translation>在本机上</translation>
    </message>
</context>
<context>
    <name>Machines</name>
    <message>
        <source>Fetching the run from {0}…</source>
        <translation>正在从 {0} 取回运行…</translation>
    </message>
    <message>
        <source>The weights of this run are on this computer.</source>
        <translation>该运行的权重已在本机上。</translation>
    </message>
    <message>
        <source>Connecting to {0}…</source>
        <translation>正在连接 {0}…</translation>
    </message>
    <message>
        <source>Fetched: {0}</source>
        <translation>已取回：{0}</translation>
    </message>
</context>
<context>
    <name>MachinesWindow</name>
    <message>
        <source>Machines</source>
        <translation>机器</translation>
    </message>
    <message>
        <source>Machines that ssh reaches without asking for a password. Runs continue there when the connection is lost; the models and texts that they need are uploaded.</source>
        <translation>可通过 ssh 免密登录的机器。连接断开时，其上的运行会继续；所需的模型和文本会自动发送。</translation>
    </message>
    <message>
        <source>Add a machine…</source>
        <translation>添加机器…</translation>
    </message>
    <message>
        <source>No machine yet</source>
        <translation>还没有机器</translation>
    </message>
    <message>
        <source>Add one by what you give to ssh, such as user@host.</source>
        <translation>填写传给 ssh 的目标即可添加，例如 user@host。</translation>
    </message>
    <message>
        <source>DDP: each GPU has the whole model. FSDP2: the weights are split over the GPUs.</source>
        <translation>DDP：每个 GPU 持有完整模型。FSDP2：权重分片到各个 GPU。</translation>
    </message>
    <message>
        <source>What several processes share</source>
        <translation>多个进程的共享方式</translation>
    </message>
    <message>
        <source>only with Slurm: srun --gres=gpu:1 --time=8:00:00</source>
        <translation>仅用于 Slurm：srun --gres=gpu:1 --time=8:00:00</translation>
    </message>
    <message>
        <source>user@host, or a name of ~/.ssh/config</source>
        <translation>user@host，或 ~/.ssh/config 中的名称</translation>
    </message>
    <message>
        <source>the usual one</source>
        <translation>默认位置</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Destination for ssh</source>
        <translation>ssh 目标</translation>
    </message>
    <message>
        <source>Python there</source>
        <translation>远程 Python</translation>
    </message>
    <message>
        <source>Workspace there</source>
        <translation>远程工作区</translation>
    </message>
    <message>
        <source>Launcher</source>
        <translation>启动器</translation>
    </message>
    <message>
        <source>Processes</source>
        <translation>进程数</translation>
    </message>
    <message>
        <source>As many as there are GPUs: each process computes on one.</source>
        <translation>与 GPU 数量相同：每个进程使用一个 GPU。</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Removes “{0}” from this list. Nothing changes on the machine, and its runs continue.</source>
        <translation>{0} 将从列表中移除。该机器上的内容不会改变，其运行会继续。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Remove this machine?</source>
        <translation>移除此机器？</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Compression Studio</source>
        <translation>Compression Studio</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>运行(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>页面</translation>
    </message>
    <message>
        <source>Home</source>
        <translation>主页</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>  Find an action     Ctrl+Shift+P</source>
        <translation>  查找操作     Ctrl+Shift+P</translation>
    </message>
    <message>
        <source>The machine that runs the pipeline</source>
        <translation>运行所在的机器</translation>
    </message>
</context>
<context>
    <name>MemoryChart</name>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>No memory readings yet</source>
        <translation>还没有内存读数</translation>
    </message>
    <message>
        <source>Memory use appears here once a run starts.</source>
        <translation>运行开始后，内存用量会显示在此处。</translation>
    </message>
    <message>
        <source>Elapsed time</source>
        <translation>已用时间</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>进程</translation>
    </message>
    <message>
        <source>Process, peak</source>
        <translation>进程峰值</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Device, peak</source>
        <translation>设备峰值</translation>
    </message>
    <message>
        <source>elapsed</source>
        <translation>已用时间</translation>
    </message>
</context>
<context>
    <name>MethodPicker</name>
    <message>
        <source>Search methods</source>
        <translation>搜索方法</translation>
    </message>
    <message>
        <source>No matching methods.</source>
        <translation>没有匹配的方法。</translation>
    </message>
</context>
<context>
    <name>MetricChart</name>
    <message>
        <source>By layer</source>
        <translation>按层</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>没有可绘制的数据</translation>
    </message>
    <message>
        <source>No layer has a value for this metric.</source>
        <translation>没有任何层具有此指标的值。</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>{0} by layer</source>
        <translation>各层 {0}</translation>
    </message>
</context>
<context>
    <name>MiniMap</name>
    <message>
        <source>Map of the pipeline</source>
        <translation>流水线缩略图</translation>
    </message>
</context>
<context>
    <name>ModelDialog</name>
    <message>
        <source>Open a model</source>
        <translation>打开模型</translation>
    </message>
    <message>
        <source>Stop download</source>
        <translation>停止下载</translation>
    </message>
    <message>
        <source>Folder, GGUF file, or owner/name on the hub</source>
        <translation>文件夹、GGUF 文件，或 Hub 上的 owner/name</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>修订版</translation>
    </message>
    <message>
        <source>Branch, tag or commit on the hub. Leave empty for the latest.</source>
        <translation>Hub 上的分支、标签或提交。留空表示最新版本。</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>文件夹…</translation>
    </message>
    <message>
        <source>GGUF file…</source>
        <translation>GGUF 文件…</translation>
    </message>
    <message>
        <source>Recent models</source>
        <translation>最近使用的模型</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>最近</translation>
    </message>
    <message>
        <source>Layers, shapes and sizes are read from the file headers. No weights are loaded.</source>
        <translation>从文件头读取层、形状和大小，不加载权重。</translation>
    </message>
    <message>
        <source>Choose a model to see its structure</source>
        <translation>选择模型以查看其结构</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Add to the canvas</source>
        <translation>添加到画布</translation>
    </message>
    <message>
        <source>Reading the headers…</source>
        <translation>正在读取文件头…</translation>
    </message>
    <message>
        <source>No structure to show</source>
        <translation>没有可显示的结构</translation>
    </message>
    <message>
        <source>Choose another model or correct the name.</source>
        <translation>请选择其他模型，或更正名称。</translation>
    </message>
    <message>
        <source>Model folder</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>GGUF file</source>
        <translation>GGUF 文件</translation>
    </message>
    <message>
        <source>GGUF (*.gguf);;All files (*)</source>
        <translation>GGUF (*.gguf);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Sample model</source>
        <translation>示例模型</translation>
    </message>
    <message>
        <source>Contacting the hub about {model}…</source>
        <translation>正在向 Hub 查询 {model}…</translation>
    </message>
    <message>
        <source>Downloaded to {folder}.</source>
        <translation>已下载到 {folder}。</translation>
    </message>
    <message>
        <source>The download was stopped. Click Download to continue where it stopped.</source>
        <translation>下载已停止。单击“下载”可从中断处继续。</translation>
    </message>
</context>
<context>
    <name>ModelEditor</name>
    <message>
        <source>Folder, GGUF file or hub id</source>
        <translation>文件夹、GGUF 文件或 Hub ID</translation>
    </message>
    <message>
        <source>Model folder…</source>
        <translation>模型文件夹…</translation>
    </message>
    <message>
        <source>GGUF file…</source>
        <translation>GGUF 文件…</translation>
    </message>
    <message>
        <source>Model folder</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>GGUF file</source>
        <translation>GGUF 文件</translation>
    </message>
</context>
<context>
    <name>Opening</name>
    <message>
        <source>No program is set up to open this file: {0}</source>
        <translation>系统未设置打开此文件的程序：{0}</translation>
    </message>
</context>
<context>
    <name>OpeningLinesView</name>
    <message>
        <source>Program</source>
        <translation>程序</translation>
    </message>
    <message>
        <source>Lines</source>
        <translation>代码行</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Open in</source>
        <translation>打开方式</translation>
    </message>
</context>
<context>
    <name>OptionalEditor</name>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>{0}: automatic</source>
        <translation>{0}：自动</translation>
    </message>
</context>
<context>
    <name>Outline</name>
    <message>
        <source>Pipeline outline</source>
        <translation>流水线大纲</translation>
    </message>
    <message>
        <source>Insert adds a method, Delete removes a block, Ctrl+Up and Ctrl+Down reorder, Enter opens the settings.</source>
        <translation>Insert 添加方法，Delete 删除模块，Ctrl+Up 和 Ctrl+Down 调整顺序，Enter 打开设置。</translation>
    </message>
    <message>
        <source>Add method…</source>
        <translation>添加方法…</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>上移</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>下移</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
</context>
<context>
    <name>Palette</name>
    <message>
        <source>Drag onto the canvas, or press Enter to add after the selected block.</source>
        <translation>拖到画布上，或按 Enter 添加到所选模块之后。</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation>方法</translation>
    </message>
</context>
<context>
    <name>Panel</name>
    <message>
        <source>Loading…</source>
        <translation>正在加载…</translation>
    </message>
</context>
<context>
    <name>ParallelChart</name>
    <message>
        <source>Parallel coordinates</source>
        <translation>平行坐标</translation>
    </message>
    <message numerus="yes">
        <source>%n results: {names}</source>
        <translation>
            <numerusform>%n 个结果：{names}</numerusform>
        </translation>
    </message>
    <message>
        <source>Run a sweep or select several results. Each one becomes a line across the settings and metrics that differ.</source>
        <translation>运行参数扫描，或选择多个结果。每个结果会成为一条折线，穿过各项有差异的设置和指标。</translation>
    </message>
</context>
<context>
    <name>ParetoChart</name>
    <message>
        <source>Pareto front</source>
        <translation>Pareto 前沿</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>没有可绘制的数据</translation>
    </message>
    <message>
        <source>No result has both values. Run a pipeline or choose other axes.</source>
        <translation>没有同时具有这两个值的结果。请运行流水线或选择其他坐标轴。</translation>
    </message>
    <message>
        <source>Axis</source>
        <translation>坐标轴</translation>
    </message>
    <message>
        <source>Pareto front ({count} not comparable)</source>
        <translation>Pareto 前沿（{count} 个不可比较）</translation>
    </message>
</context>
<context>
    <name>PastRuns</name>
    <message>
        <source>Restore the pipeline of the run at {0}</source>
        <translation>恢复 {0} 运行时的流水线</translation>
    </message>
</context>
<context>
    <name>PipelineScene</name>
    <message>
        <source>Edit comment</source>
        <translation>编辑注释</translation>
    </message>
</context>
<context>
    <name>PlanMap</name>
    <message>
        <source>Format of each layer</source>
        <translation>各层的格式</translation>
    </message>
    <message>
        <source>No plan yet</source>
        <translation>还没有方案</translation>
    </message>
    <message>
        <source>The format of each layer appears here.</source>
        <translation>各层的格式会显示在此处。</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>{0} in {1}, {2} bits a weight</source>
        <translation>{0} 使用 {1}，每权重 {2} 位</translation>
    </message>
    <message>
        <source>{0} bits a weight</source>
        <translation>每权重 {0} 位</translation>
    </message>
    <message>
        <source>size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>{0} nats</source>
        <translation>{0} nat</translation>
    </message>
    <message>
        <source>one up</source>
        <translation>升一级</translation>
    </message>
    <message>
        <source>one down</source>
        <translation>降一级</translation>
    </message>
</context>
<context>
    <name>PlanModel</name>
    <message>
        <source>Nats that a megabyte of it saves</source>
        <translation>每增加 1 MB 可减少的 nat</translation>
    </message>
    <message>
        <source>Nats lost for each megabyte saved by it</source>
        <translation>每节省 1 MB 所损失的 nat</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Layers that have one format: by role and number of the decoder layer</source>
        <translation>使用同一格式的层：按作用和解码器层序号</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>How it is stored</source>
        <translation>存储方式</translation>
    </message>
    <message>
        <source>Bits</source>
        <translation>位数</translation>
    </message>
    <message>
        <source>Bits of a weight, scales included</source>
        <translation>每权重位数，含缩放因子</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>字节</translation>
    </message>
    <message>
        <source>Bytes in the file</source>
        <translation>在文件中所占的字节数</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Predicted KL divergence of this unit alone, in nats a token</source>
        <translation>仅压缩该单元时的预测 KL 散度，单位为 nat/token</translation>
    </message>
    <message>
        <source>One step up</source>
        <translation>升一级</translation>
    </message>
    <message>
        <source>The next larger format, and what it changes</source>
        <translation>更大一级的格式及其带来的变化</translation>
    </message>
    <message>
        <source>Nats/MB</source>
        <translation>nat/MB</translation>
    </message>
    <message>
        <source>One step down</source>
        <translation>降一级</translation>
    </message>
    <message>
        <source>The next smaller format, and what it changes</source>
        <translation>更小一级的格式及其带来的变化</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>理由</translation>
    </message>
    <message>
        <source>Why it is not another one</source>
        <translation>为何不是其他格式</translation>
    </message>
</context>
<context>
    <name>PlanView</name>
    <message>
        <source>Check (F7) estimates the memory, disk space and time of a run.</source>
        <translation>“检查”（F7）会估计一次运行所需的内存、磁盘空间和时间。</translation>
    </message>
    <message>
        <source>No estimate yet</source>
        <translation>还没有估计</translation>
    </message>
    <message>
        <source>Peak memory</source>
        <translation>内存峰值</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>磁盘</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Estimated on {0}, for its device.</source>
        <translation>在 {0} 上按其设备估算。</translation>
    </message>
    <message>
        <source>{need} of {free} free</source>
        <translation>{need}，可用 {free}</translation>
    </message>
    <message>
        <source>{need}, {free} free</source>
        <translation>{need}，可用 {free}</translation>
    </message>
    <message>
        <source>{0} of it is in use already.</source>
        <translation>其中 {0} 已在使用。</translation>
    </message>
    <message>
        <source>no new blocks</source>
        <translation>没有新模块</translation>
    </message>
    <message>
        <source>unknown until it runs</source>
        <translation>运行后才能确定</translation>
    </message>
    <message>
        <source>{now} ({quiet} if idle)</source>
        <translation>{now}（空闲时 {quiet}）</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>模块</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>cached</source>
        <translation>已缓存</translation>
    </message>
    <message>
        <source>Evaluation</source>
        <translation>评估</translation>
    </message>
</context>
<context>
    <name>PlotTile</name>
    <message>
        <source>Curves</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>Check the curves to show; double-click one to show it alone</source>
        <translation>勾选要显示的曲线；双击某条曲线可单独显示</translation>
    </message>
    <message>
        <source>{what} of {block}</source>
        <translation>{block} 的 {what}</translation>
    </message>
</context>
<context>
    <name>Preferences</name>
    <message>
        <source>Preferences</source>
        <translation>首选项</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Hub</source>
        <translation>Hub</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Defaults</source>
        <translation>默认值</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Same as the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation>高对比度</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>Text &amp;size</source>
        <translation>文字大小(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>语言(&amp;L)</translation>
    </message>
    <message>
        <source>Set by the environment variable {0}.</source>
        <translation>由环境变量 {0} 指定。</translation>
    </message>
    <message>
        <source>Used after a restart. Settings and messages of methods are in English.</source>
        <translation>重启后生效。方法的设置和消息以英文显示。</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>更改…</translation>
    </message>
    <message>
        <source>Data folder</source>
        <translation>数据文件夹</translation>
    </message>
    <message>
        <source>Runs, artifacts and caches. A new folder is used after a restart. Files are not moved.</source>
        <translation>存放运行、产物和缓存。新文件夹在重启后生效，文件不会移动。</translation>
    </message>
    <message>
        <source>Calculating…</source>
        <translation>正在计算…</translation>
    </message>
    <message>
        <source>Disk usage</source>
        <translation>磁盘用量</translation>
    </message>
    <message>
        <source>Delete unused data</source>
        <translation>删除未使用的数据</translation>
    </message>
    <message>
        <source>Clear cache</source>
        <translation>清除缓存</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>不限制</translation>
    </message>
    <message>
        <source>Apply now</source>
        <translation>立即应用</translation>
    </message>
    <message>
        <source>Limit artifacts to</source>
        <translation>产物限额</translation>
    </message>
    <message>
        <source>Applied after every run. Unused artifacts are deleted first, then the oldest. Metrics and charts stay.</source>
        <translation>每次运行后应用。先删除未使用的产物，再从最旧的开始删除。指标和图表会保留。</translation>
    </message>
    <message>
        <source>The new folder is used after a restart. The present one is not changed.</source>
        <translation>新文件夹在重启后生效。当前文件夹不会改变。</translation>
    </message>
    <message>
        <source>The folder can&apos;t be read.</source>
        <translation>无法读取该文件夹。</translation>
    </message>
    <message>
        <source>{total}: artifacts {artifacts} ({unused} unused), runs {runs}, cache {cache}</source>
        <translation>{total}：产物 {artifacts}（未使用 {unused}），运行 {runs}，缓存 {cache}</translation>
    </message>
    <message>
        <source>A run is in progress. Wait until it ends, then delete data.</source>
        <translation>有运行正在进行。请等它结束后再删除数据。</translation>
    </message>
    <message>
        <source>Models of the oldest runs are deleted until {0} GB remain. Running a pipeline again recreates them.</source>
        <translation>将从最旧的运行开始删除模型，直到剩余 {0} GB。重新运行流水线可再次生成它们。</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Delete old artifacts?</source>
        <translation>删除旧产物？</translation>
    </message>
    <message>
        <source>Not everything could be deleted.</source>
        <translation>部分内容未能删除。</translation>
    </message>
    <message>
        <source>{0} freed.</source>
        <translation>已释放 {0}。</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>令牌</translation>
    </message>
    <message>
        <source>Read from “hf auth login” or HF_TOKEN. This program never stores it.</source>
        <translation>从“hf auth login”或 HF_TOKEN 读取。本程序从不保存令牌。</translation>
    </message>
    <message>
        <source>&amp;Mirror</source>
        <translation>镜像(&amp;M)</translation>
    </message>
    <message>
        <source>Used after a restart. Leave empty for the hub itself.</source>
        <translation>重启后生效。留空表示使用 Hub 本身。</translation>
    </message>
    <message>
        <source>“{0}” is not a valid address. It must begin with https://</source>
        <translation>“{0}”不是有效的地址。地址必须以 https:// 开头</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>&amp;Compute on</source>
        <translation>计算设备(&amp;C)</translation>
    </message>
    <message>
        <source>Used after a restart. Precision is set for each method and for evaluation: see Defaults.</source>
        <translation>重启后生效。精度在各方法和评估中分别设置：见“默认值”。</translation>
    </message>
    <message>
        <source>“{0}” is not a device: write cpu, cuda, cuda:1, xpu or mps.</source>
        <translation>“{0}”不是有效的设备：请填写 cpu、cuda、cuda:1、xpu 或 mps。</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Evaluation (new pipelines)</source>
        <translation>评估（新流水线）</translation>
    </message>
    <message>
        <source>Initial settings of new blocks. Existing blocks and pipelines do not change.</source>
        <translation>新模块的初始设置。现有模块和流水线不受影响。</translation>
    </message>
</context>
<context>
    <name>ProblemList</name>
    <message>
        <source>Problems</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>No problems.</source>
        <translation>没有问题。</translation>
    </message>
</context>
<context>
    <name>PushDialog</name>
    <message>
        <source>Push to the hub</source>
        <translation>推送到 Hub</translation>
    </message>
    <message>
        <source>Only the files of the export are sent, in one commit, with your token from “hf auth login” or HF_TOKEN. Files that the hub already has are not sent again.</source>
        <translation>仅发送导出的文件，作为一次提交，使用“hf auth login”或 HF_TOKEN 中的令牌。Hub 上已有的文件不会重复发送。</translation>
    </message>
    <message>
        <source>owner/name, or a name in your account</source>
        <translation>owner/name，或您账户下的名称</translation>
    </message>
    <message>
        <source>Visibility</source>
        <translation>可见性</translation>
    </message>
    <message>
        <source>Private</source>
        <translation>私有</translation>
    </message>
    <message>
        <source>Public</source>
        <translation>公开</translation>
    </message>
    <message>
        <source>Of a new repository. An existing one stays as it is.</source>
        <translation>适用于新建的仓库。已有仓库的可见性保持不变。</translation>
    </message>
    <message>
        <source>Replace files in a repository that holds others</source>
        <translation>替换仓库中已有的其他文件</translation>
    </message>
    <message>
        <source>Repository</source>
        <translation>仓库</translation>
    </message>
    <message>
        <source>Branch</source>
        <translation>分支</translation>
    </message>
    <message>
        <source>Commit message</source>
        <translation>提交说明</translation>
    </message>
    <message>
        <source>Open page</source>
        <translation>打开页面</translation>
    </message>
    <message>
        <source>Copy address</source>
        <translation>复制地址</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Push</source>
        <translation>推送</translation>
    </message>
    <message>
        <source>Upload {0}</source>
        <translation>上传 {0}</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>No program is set up to open this page: {0}</source>
        <translation>系统未设置打开此页面的程序：{0}</translation>
    </message>
    <message>
        <source>The push was stopped. Nothing was published. Push again to continue where it stopped.</source>
        <translation>推送已停止，未发布任何内容。再次推送可从中断处继续。</translation>
    </message>
</context>
<context>
    <name>QueueDialog</name>
    <message>
        <source>Queue</source>
        <translation>队列</translation>
    </message>
    <message>
        <source>Running and queued pipelines</source>
        <translation>正在运行和排队的流水线</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>上移</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>下移</translation>
    </message>
    <message>
        <source>Run on</source>
        <translation>运行位置</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Show run</source>
        <translation>查看运行</translation>
    </message>
    <message>
        <source>Cancel run</source>
        <translation>取消运行</translation>
    </message>
    <message>
        <source>Pause queue</source>
        <translation>暂停队列</translation>
    </message>
    <message>
        <source>Start no further runs. Current runs continue.</source>
        <translation>不再启动新的运行。正在进行的会继续。</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Continue queue</source>
        <translation>继续队列</translation>
    </message>
    <message>
        <source>reconnecting</source>
        <translation>正在重新连接</translation>
    </message>
    <message>
        <source>shown</source>
        <translation>当前显示</translation>
    </message>
    <message>
        <source>{0} of memory</source>
        <translation>{0} 内存</translation>
    </message>
    <message>
        <source>no estimate: {0}</source>
        <translation>无估计：{0}</translation>
    </message>
    <message>
        <source>estimated when it starts</source>
        <translation>启动时估计</translation>
    </message>
    <message>
        <source>no estimate yet</source>
        <translation>还没有估计</translation>
    </message>
    <message>
        <source>on {0}</source>
        <translation>在 {0} 上</translation>
    </message>
    <message>
        <source>on this computer</source>
        <translation>在本机上</translation>
    </message>
    <message>
        <source>The queue is empty. Run › Add to queue adds the open pipeline.</source>
        <translation>队列为空。“运行 › 加入队列”可添加当前打开的流水线。</translation>
    </message>
    <message>
        <source>Paused. </source>
        <translation>已暂停。</translation>
    </message>
    <message>
        <source>The end time is known once all pipelines have estimates.</source>
        <translation>所有流水线都有估计后，才能得知结束时间。</translation>
    </message>
    <message>
        <source>Paused. {0} in total.</source>
        <translation>已暂停。共需 {0}。</translation>
    </message>
    <message>
        <source>About {0} in total, done at about {1}.</source>
        <translation>共需约 {0}，预计 {1} 左右完成。</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>本机</translation>
    </message>
</context>
<context>
    <name>QuickMenu</name>
    <message>
        <source>Add a method</source>
        <translation>添加方法</translation>
    </message>
</context>
<context>
    <name>RecentMenu</name>
    <message>
        <source>Open &amp;recent</source>
        <translation>打开最近的流水线(&amp;R)</translation>
    </message>
    <message>
        <source>No recent pipelines</source>
        <translation>没有最近的流水线</translation>
    </message>
</context>
<context>
    <name>RecoveryOffer</name>
    <message>
        <source>Recover</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>放弃</translation>
    </message>
    <message>
        <source>“{name}” has unsaved changes from {when}; the studio did not close properly.</source>
        <translation>“{name}”有 {when} 的未保存更改；程序上次未正常关闭。</translation>
    </message>
</context>
<context>
    <name>ReportWindow</name>
    <message>
        <source>Report: {0}</source>
        <translation>报告：{0}</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>报告</translation>
    </message>
</context>
<context>
    <name>ResponsivenessDialog</name>
    <message>
        <source>Responsiveness</source>
        <translation>响应速度</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>中位数</translation>
    </message>
    <message>
        <source>95th percentile</source>
        <translation>第 95 百分位</translation>
    </message>
    <message>
        <source>99th percentile</source>
        <translation>第 99 百分位</translation>
    </message>
    <message>
        <source>Maximum</source>
        <translation>最大值</translation>
    </message>
    <message>
        <source>Over {0} ms</source>
        <translation>超过 {0} ms</translation>
    </message>
    <message>
        <source>Delay of this window&apos;s events over the last minute.</source>
        <translation>最近一分钟内此窗口的事件延迟。</translation>
    </message>
</context>
<context>
    <name>ResultCard</name>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Copy path</source>
        <translation>复制路径</translation>
    </message>
    <message>
        <source>Push to the hub…</source>
        <translation>推送到 Hub…</translation>
    </message>
    <message>
        <source>After writing, a fresh process loads the files and compares their predictions with the result&apos;s.</source>
        <translation>写入后，由一个全新的进程加载文件，并将其预测与该结果的预测进行比较。</translation>
    </message>
    <message>
        <source>Nothing exported yet</source>
        <translation>还没有导出任何内容</translation>
    </message>
    <message>
        <source>The result appears here after the files have been loaded and compared.</source>
        <translation>文件加载并比较完毕后，结果会显示在此处。</translation>
    </message>
    <message>
        <source>Not verified yet</source>
        <translation>尚未验证</translation>
    </message>
    <message>
        <source>{title}: written and verified</source>
        <translation>{title}：已写入并通过验证</translation>
    </message>
    <message>
        <source>{title}: written, checked by this program only</source>
        <translation>{title}：已写入，仅由本程序检查</translation>
    </message>
    <message>
        <source>{title}: written, but could not be verified here</source>
        <translation>{title}：已写入，但无法在此验证</translation>
    </message>
    <message>
        <source>{title}: written, but verification failed</source>
        <translation>{title}：已写入，但验证失败</translation>
    </message>
    <message>
        <source> ({0:+.2f} % from the estimate)</source>
        <translation>（与估计相差 {0:+.2f} %）</translation>
    </message>
    <message>
        <source>, as expected</source>
        <translation>，与估计一致</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Largest logit difference</source>
        <translation>最大 logit 差异</translation>
    </message>
    <message>
        <source>… in standard deviations</source>
        <translation>…以标准差计</translation>
    </message>
    <message>
        <source>Allowed</source>
        <translation>允许值</translation>
    </message>
    <message>
        <source>KL divergence</source>
        <translation>KL 散度</translation>
    </message>
    <message>
        <source>Same top-1 token</source>
        <translation>top-1 token 一致率</translation>
    </message>
    <message>
        <source>Verification time</source>
        <translation>验证用时</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Inspect layers</source>
        <translation>检视各层</translation>
    </message>
    <message>
        <source>Compare as {letter}</source>
        <translation>作为 {letter} 比较</translation>
    </message>
</context>
<context>
    <name>ResultsPanel</name>
    <message>
        <source>Filter results</source>
        <translation>筛选结果</translation>
    </message>
    <message>
        <source>Filter: ppl&lt;25</source>
        <translation>筛选：ppl&lt;25</translation>
    </message>
    <message>
        <source>Filter by words and limits, such as gptq ppl&lt;25 size&lt;50MB bits&lt;=4</source>
        <translation>按关键词和限值筛选，例如 gptq ppl&lt;25 size&lt;50MB bits&lt;=4</translation>
    </message>
    <message>
        <source>Group by</source>
        <translation>分组依据</translation>
    </message>
    <message>
        <source>By {0}</source>
        <translation>按 {0}</translation>
    </message>
    <message>
        <source>No grouping</source>
        <translation>不分组</translation>
    </message>
    <message>
        <source>Results shown</source>
        <translation>显示的结果</translation>
    </message>
    <message>
        <source>This pipeline</source>
        <translation>此流水线</translation>
    </message>
    <message>
        <source>All pipelines</source>
        <translation>所有流水线</translation>
    </message>
    <message>
        <source>Show all results</source>
        <translation>显示所有结果</translation>
    </message>
    <message>
        <source>{shown} of {count}</source>
        <translation>{count} 个中的 {shown} 个</translation>
    </message>
    <message numerus="yes">
        <source>This pipeline has no results yet. There are %n of other pipelines.</source>
        <translation>
            <numerusform>此流水线还没有结果。其他流水线有 %n 个结果。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n results</source>
        <translation>
            <numerusform>%n 个结果</numerusform>
        </translation>
    </message>
    <message>
        <source>Show this run</source>
        <translation>查看此运行</translation>
    </message>
    <message>
        <source>Clear baseline</source>
        <translation>取消基线</translation>
    </message>
    <message>
        <source>Use as baseline</source>
        <translation>设为基线</translation>
    </message>
    <message>
        <source>Compare selected</source>
        <translation>比较所选</translation>
    </message>
    <message>
        <source>All results</source>
        <translation>所有结果</translation>
    </message>
    <message>
        <source>Compare all results with the selected one; click again to stop</source>
        <translation>将所有结果与所选结果比较；再次单击可停止</translation>
    </message>
    <message>
        <source>Baseline</source>
        <translation>基线</translation>
    </message>
    <message>
        <source>Compare two or more selected results, with their layers</source>
        <translation>比较所选的两个或更多结果及其各层</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Choose columns</source>
        <translation>选择列</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>列</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Copy or save the table</source>
        <translation>复制或保存表格</translation>
    </message>
    <message>
        <source>Pareto</source>
        <translation>Pareto</translation>
    </message>
    <message>
        <source>Parallel</source>
        <translation>平行坐标</translation>
    </message>
    <message>
        <source>Differences</source>
        <translation>差异</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Size, quality and speed of every result of every run appear here.</source>
        <translation>每次运行中各个结果的大小、质量和速度都会显示在此处。</translation>
    </message>
    <message>
        <source>Reading the results…</source>
        <translation>正在读取结果…</translation>
    </message>
    <message>
        <source>No results yet</source>
        <translation>还没有结果</translation>
    </message>
</context>
<context>
    <name>RotationComparison</name>
    <message>
        <source>Compare rotations</source>
        <translation>比较旋转</translation>
    </message>
    <message>
        <source>Three rotations were compared.</source>
        <translation>已比较三种旋转。</translation>
    </message>
    <message>
        <source>Measuring activations of {0}: {1}</source>
        <translation>正在测量 {0} 的激活：{1}</translation>
    </message>
</context>
<context>
    <name>RotationPage</name>
    <message>
        <source>stream</source>
        <translation>残差流</translation>
    </message>
    <message>
        <source>q k v in</source>
        <translation>q k v 输入</translation>
    </message>
    <message>
        <source>o in</source>
        <translation>o 输入</translation>
    </message>
    <message>
        <source>down in</source>
        <translation>down 输入</translation>
    </message>
    <message>
        <source>queries</source>
        <translation>query</translation>
    </message>
    <message>
        <source>keys</source>
        <translation>key</translation>
    </message>
    <message>
        <source>Kurtosis of a token</source>
        <translation>单个 token 的峰度</translation>
    </message>
    <message>
        <source>Kurtosis of all activations</source>
        <translation>全部激活的峰度</translation>
    </message>
    <message>
        <source>Largest over median magnitude</source>
        <translation>最大幅值与中位幅值之比</translation>
    </message>
    <message>
        <source>Largest magnitude</source>
        <translation>最大幅值</translation>
    </message>
    <message>
        <source>Measured on {0} tokens of “{1}”</source>
        <translation>在“{1}”的 {0} 个 token 上测得</translation>
    </message>
    <message>
        <source>The original model is missing, so nothing is compared.</source>
        <translation>缺少原模型，因此未作比较。</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>旋转前</translation>
    </message>
    <message>
        <source>After</source>
        <translation>旋转后</translation>
    </message>
    <message>
        <source>Layer {0}, {1}</source>
        <translation>第 {0} 层，{1}</translation>
    </message>
    <message>
        <source>{0}: distribution</source>
        <translation>{0}：分布</translation>
    </message>
    <message>
        <source>{0}: largest magnitudes</source>
        <translation>{0}：最大幅值</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>Distribution scale</source>
        <translation>分布刻度</translation>
    </message>
    <message>
        <source>x / RMS</source>
        <translation>x / RMS</translation>
    </message>
    <message>
        <source>log10(|x| / RMS)</source>
        <translation>log10(|x| / RMS)</translation>
    </message>
    <message>
        <source>Fraction of values per bin</source>
        <translation>每个区间的数值占比</translation>
    </message>
    <message>
        <source>Merged rotations and their distance from the initial ones</source>
        <translation>已合并的旋转及其与初始旋转的距离</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>激活</translation>
    </message>
    <message>
        <source>Distribution</source>
        <translation>分布</translation>
    </message>
    <message>
        <source>Matrices</source>
        <translation>矩阵</translation>
    </message>
    <message>
        <source>Runs the block without rotation, with a random Hadamard rotation and with a learned one, and compares them.</source>
        <translation>分别以无旋转、随机 Hadamard 旋转和学习得到的旋转运行该模块，并进行比较。</translation>
    </message>
    <message>
        <source>Compare rotations</source>
        <translation>比较旋转</translation>
    </message>
    <message>
        <source>Measure activations</source>
        <translation>测量激活</translation>
    </message>
    <message>
        <source>Runs a few texts through the model and its original and shows activation outliers in every layer before and after.</source>
        <translation>让几段文本分别通过该模型及其原模型，显示每一层旋转前后的激活离群值。</translation>
    </message>
    <message>
        <source>Effect of a rotation</source>
        <translation>旋转的效果</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Rotation</source>
        <translation>旋转</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>初始化</translation>
    </message>
    <message>
        <source>Distance</source>
        <translation>距离</translation>
    </message>
    <message>
        <source>Mean angle</source>
        <translation>平均角度</translation>
    </message>
    <message>
        <source>Orthogonality error</source>
        <translation>正交性误差</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>token</translation>
    </message>
    <message>
        <source>Channel</source>
        <translation>通道</translation>
    </message>
</context>
<context>
    <name>RotationsComparison</name>
    <message>
        <source>Rotations side by side</source>
        <translation>旋转对照</translation>
    </message>
    <message>
        <source>Rotation</source>
        <translation>旋转</translation>
    </message>
    <message>
        <source>Perplexity</source>
        <translation>困惑度</translation>
    </message>
    <message>
        <source>KL divergence</source>
        <translation>KL 散度</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Kurtosis,
{0}</source>
        <translation>峰度，
{0}</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Kurtosis per token</source>
        <translation>每个 token 的峰度</translation>
    </message>
    <message>
        <source>Activation kurtosis</source>
        <translation>激活峰度</translation>
    </message>
</context>
<context>
    <name>RunController</name>
    <message>
        <source>A run is in progress. Cancel it or wait for it to finish before you open something else.</source>
        <translation>有运行正在进行。请先取消它或等待其完成，再打开其他内容。</translation>
    </message>
    <message>
        <source>Pausing at the next safe point…</source>
        <translation>将在下一个安全点暂停…</translation>
    </message>
    <message>
        <source>The run continues.</source>
        <translation>运行继续。</translation>
    </message>
    <message>
        <source>“{block}” stops after this step and keeps its result so far.</source>
        <translation>“{block}”将在此步之后停止，并保留到目前为止的结果。</translation>
    </message>
    <message>
        <source>No problems found</source>
        <translation>未发现问题</translation>
    </message>
    <message>
        <source>The check was stopped.</source>
        <translation>检查已停止。</translation>
    </message>
    <message>
        <source>Paused after “{block}”. Choose Continue to resume.</source>
        <translation>已在“{block}”之后暂停。选择“继续”可继续运行。</translation>
    </message>
    <message>
        <source>Finished in {time}. {what}</source>
        <translation>已完成，用时 {time}。{what}</translation>
    </message>
    <message>
        <source>Canceled. Finished blocks are saved; Run › Resume a run continues.</source>
        <translation>已取消。已完成的模块均已保存；“运行 › 恢复运行”可继续。</translation>
    </message>
    <message>
        <source>Canceled before the first block started.</source>
        <translation>在第一个模块开始之前已取消。</translation>
    </message>
    <message>
        <source>The run failed</source>
        <translation>运行失败</translation>
    </message>
</context>
<context>
    <name>RunPage</name>
    <message>
        <source>Notes on this run</source>
        <translation>此运行的备注</translation>
    </message>
    <message>
        <source>Show this run</source>
        <translation>查看此运行</translation>
    </message>
    <message>
        <source>Delete run…</source>
        <translation>删除运行…</translation>
    </message>
    <message>
        <source>Select a result</source>
        <translation>请选择一个结果</translation>
    </message>
    <message>
        <source>Details of its run appear here.</source>
        <translation>其所属运行的详细信息会显示在此处。</translation>
    </message>
</context>
<context>
    <name>RunPanel</name>
    <message>
        <source>Add a model and a method to the canvas, then run the pipeline. The progress of each block appears here.</source>
        <translation>请将模型和方法添加到画布，然后运行流水线。各模块的进度会显示在此处。</translation>
    </message>
    <message>
        <source>Nothing has run yet</source>
        <translation>还没有运行过</translation>
    </message>
    <message>
        <source>Estimate</source>
        <translation>估计</translation>
    </message>
    <message>
        <source>Problems</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>Progress of the run</source>
        <translation>运行进度</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>Ready to run</source>
        <translation>可以运行</translation>
    </message>
    <message>
        <source>Ready to run on {0}</source>
        <translation>可在 {0} 上运行</translation>
    </message>
    <message>
        <source>Can&apos;t run: {problems}</source>
        <translation>无法运行：{problems}</translation>
    </message>
    <message>
        <source>The check failed</source>
        <translation>检查失败</translation>
    </message>
    <message>
        <source>Run anyway</source>
        <translation>仍然运行</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>The estimate may be off. If the run fails, finished blocks are saved.</source>
        <translation>估计可能不准确。如果运行失败，已完成的模块会保留。</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详细信息</translation>
    </message>
    <message>
        <source>block {number} of {count}, {title}</source>
        <translation>第 {number} 个模块（共 {count} 个），{title}</translation>
    </message>
    <message>
        <source>Canceling…</source>
        <translation>正在取消…</translation>
    </message>
    <message>
        <source>after {place}</source>
        <translation>将在此步骤后停止：{place}</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Stopping early: {what}</source>
        <translation>正在提前停止：{what}</translation>
    </message>
    <message>
        <source>Running {what}</source>
        <translation>正在运行：{what}</translation>
    </message>
    <message>
        <source>Finished; the result is broken</source>
        <translation>已完成；结果质量严重受损</translation>
    </message>
    <message>
        <source>Finished; the result is degraded</source>
        <translation>已完成；结果质量下降</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Outdated: the pipeline changed after this run</source>
        <translation>已过期：流水线在这次运行之后已更改</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Canceled; finished blocks are saved</source>
        <translation>已取消；已完成的模块均已保存</translation>
    </message>
    <message>
        <source>Interrupted; finished blocks are saved</source>
        <translation>已中断；已完成的模块均已保存</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>Writing the report…</source>
        <translation>正在生成报告…</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>正在运行</translation>
    </message>
</context>
<context>
    <name>RunQueue</name>
    <message>
        <source>“{0}” is number {1} in the queue.</source>
        <translation>“{0}”在队列中排第 {1} 位。</translation>
    </message>
    <message>
        <source>the model is not there yet</source>
        <translation>模型尚不存在</translation>
    </message>
    <message>
        <source>it was canceled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>“{0}” runs on {1}. Run › Queue shows it.</source>
        <translation>“{0}”正在 {1} 上运行，可在“运行 › 队列”中查看。</translation>
    </message>
    <message>
        <source>this computer</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>“{0}” finished on {1} after {2}.</source>
        <translation>“{0}”已在 {1} 上完成，用时 {2}。</translation>
    </message>
    <message>
        <source>“{0}” was canceled on {1} after {2}.</source>
        <translation>“{0}”在 {1} 上运行 {2} 后被取消。</translation>
    </message>
    <message>
        <source>“{0}” failed on {1} after {2}.</source>
        <translation>“{0}”在 {1} 上运行 {2} 后失败。</translation>
    </message>
</context>
<context>
    <name>RunReports</name>
    <message>
        <source>The report is written when the run ends.</source>
        <translation>报告在运行结束时生成。</translation>
    </message>
    <message>
        <source>Save report</source>
        <translation>保存报告</translation>
    </message>
    <message>
        <source>Report saved to {0}</source>
        <translation>报告已保存到 {0}</translation>
    </message>
</context>
<context>
    <name>RunsBeside</name>
    <message>
        <source>“{0}” continues. Run › Queue shows it.</source>
        <translation>“{0}”仍在运行，可在“运行 › 队列”中查看。</translation>
    </message>
</context>
<context>
    <name>RunsDialog</name>
    <message>
        <source>Resume a run</source>
        <translation>恢复运行</translation>
    </message>
    <message>
        <source>Past runs</source>
        <translation>历史运行</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Search by name, state, date or notes</source>
        <translation>按名称、状态、日期或备注搜索</translation>
    </message>
    <message>
        <source>Search past runs</source>
        <translation>搜索历史运行</translation>
    </message>
    <message>
        <source>Notes on this run</source>
        <translation>此运行的备注</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>删除…</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Show results</source>
        <translation>查看结果</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Finished blocks are saved. A resumed run gives the same result as one that was never stopped.</source>
        <translation>已完成的模块均已保存。恢复的运行与从未停止的运行结果相同。</translation>
    </message>
    <message>
        <source>All runs are finished. There is nothing to resume.</source>
        <translation>所有运行都已完成，没有可恢复的运行。</translation>
    </message>
    <message>
        <source>Nothing has run yet.</source>
        <translation>还没有运行过。</translation>
    </message>
    <message>
        <source>No matching runs.</source>
        <translation>没有匹配的运行。</translation>
    </message>
    <message>
        <source>{0} on disk, including models that only this run uses  ·  {1}</source>
        <translation>占用磁盘 {0}，包括仅由此运行使用的模型  ·  {1}</translation>
    </message>
</context>
<context>
    <name>ScatterChart</name>
    <message>
        <source>Quality by size</source>
        <translation>质量与大小</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>没有可绘制的数据</translation>
    </message>
    <message>
        <source>No result has both a quality metric and a size.</source>
        <translation>没有同时具有质量指标和大小的结果。</translation>
    </message>
    <message>
        <source>Size on disk</source>
        <translation>磁盘占用</translation>
    </message>
    <message>
        <source>Collapsed, not plotted: {0}</source>
        <translation>已崩溃，未绘制：{0}</translation>
    </message>
    <message>
        <source>size</source>
        <translation>大小</translation>
    </message>
</context>
<context>
    <name>Session</name>
    <message>
        <source>From the run at {when}.</source>
        <translation>来自 {when} 的运行。</translation>
    </message>
    <message>
        <source>From an earlier run.</source>
        <translation>来自较早的运行。</translation>
    </message>
    <message>
        <source>Changed since then: {blocks}.</source>
        <translation>此后已更改：{blocks}。</translation>
    </message>
    <message>
        <source>The evaluation settings changed since then: metrics are for the former text.</source>
        <translation>此后评估设置已更改：指标对应的是之前的文本。</translation>
    </message>
    <message>
        <source>Select one block with a result. Run the pipeline if there is none.</source>
        <translation>请选择一个已有结果的模块。如果没有，请先运行流水线。</translation>
    </message>
</context>
<context>
    <name>SettingsForm</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Pipeline</source>
        <translation>流水线</translation>
    </message>
    <message>
        <source>Evaluation</source>
        <translation>评估</translation>
    </message>
    <message numerus="yes">
        <source>%n blocks</source>
        <translation>
            <numerusform>%n 个模块</numerusform>
        </translation>
    </message>
    <message>
        <source>These blocks have no settings in common.</source>
        <translation>这些模块没有共同的设置。</translation>
    </message>
    <message>
        <source>The method “{0}” is not installed. Its settings are preserved.</source>
        <translation>方法“{0}”未安装，其设置会保留。</translation>
    </message>
    <message>
        <source>From package {0}</source>
        <translation>来自软件包 {0}</translation>
    </message>
    <message>
        <source>Name of this block: {0}</source>
        <translation>此模块的名称：{0}</translation>
    </message>
    <message>
        <source>Name of this block</source>
        <translation>此模块的名称</translation>
    </message>
    <message>
        <source>Find a setting</source>
        <translation>查找设置</translation>
    </message>
    <message>
        <source>No matching settings.</source>
        <translation>没有匹配的设置。</translation>
    </message>
    <message>
        <source>Different: {0}</source>
        <translation>取值不同：{0}</translation>
    </message>
    <message>
        <source>Change {0} of {1}</source>
        <translation>更改 {1} 的 {0}</translation>
    </message>
    <message numerus="yes">
        <source>Change {0} of %n blocks</source>
        <translation>
            <numerusform>更改 %n 个模块的 {0}</numerusform>
        </translation>
    </message>
    <message>
        <source>Rename block</source>
        <translation>重命名模块</translation>
    </message>
    <message>
        <source>{preset} settings of {block}</source>
        <translation>{block} 的 {preset} 设置</translation>
    </message>
    <message>
        <source>Change evaluation</source>
        <translation>更改评估</translation>
    </message>
    <message>
        <source>Change the pipeline&apos;s {0}</source>
        <translation>更改流水线的 {0}</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Default: {0}</source>
        <translation>默认：{0}</translation>
    </message>
    <message>
        <source>Default settings</source>
        <translation>默认设置</translation>
    </message>
</context>
<context>
    <name>ShortcutSheet</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>View</source>
        <translation>视图</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>Canvas</source>
        <translation>画布</translation>
    </message>
    <message>
        <source>Find a method to add</source>
        <translation>查找要添加的方法</translation>
    </message>
    <message>
        <source>Tab or /</source>
        <translation>Tab 或 /</translation>
    </message>
    <message>
        <source>Compare as A, as B</source>
        <translation>作为 A、作为 B 比较</translation>
    </message>
    <message>
        <source>1, 2</source>
        <translation>1、2</translation>
    </message>
    <message>
        <source>Swap A and B</source>
        <translation>交换 A 和 B</translation>
    </message>
    <message>
        <source>Tab</source>
        <translation>Tab</translation>
    </message>
    <message>
        <source>Bypass</source>
        <translation>旁路</translation>
    </message>
    <message>
        <source>B</source>
        <translation>B</translation>
    </message>
    <message>
        <source>Block settings</source>
        <translation>模块设置</translation>
    </message>
    <message>
        <source>Enter, double click</source>
        <translation>Enter、双击</translation>
    </message>
    <message>
        <source>Select the next block</source>
        <translation>选择下一个模块</translation>
    </message>
    <message>
        <source>Arrows</source>
        <translation>方向键</translation>
    </message>
    <message>
        <source>Move the block</source>
        <translation>移动模块</translation>
    </message>
    <message>
        <source>Ctrl+Arrows</source>
        <translation>Ctrl+方向键</translation>
    </message>
    <message>
        <source>Zoom to fit</source>
        <translation>缩放至全部可见</translation>
    </message>
    <message>
        <source>F or Home</source>
        <translation>F 或 Home</translation>
    </message>
    <message>
        <source>Help for a setting</source>
        <translation>某项设置的帮助</translation>
    </message>
    <message>
        <source>F1 in its field</source>
        <translation>在其输入框中按 F1</translation>
    </message>
    <message>
        <source>Reset a setting</source>
        <translation>重置某项设置</translation>
    </message>
    <message>
        <source>Ctrl+Shift+Backspace</source>
        <translation>Ctrl+Shift+Backspace</translation>
    </message>
    <message>
        <source>Back to the canvas</source>
        <translation>返回画布</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>滚轮</translation>
    </message>
    <message>
        <source>Pan</source>
        <translation>平移</translation>
    </message>
    <message>
        <source>Middle button, Space</source>
        <translation>鼠标中键、空格键</translation>
    </message>
    <message>
        <source>Insert into a chain</source>
        <translation>插入链路中</translation>
    </message>
    <message>
        <source>Drop on a link</source>
        <translation>拖放到连线上</translation>
    </message>
    <message>
        <source>Quick menu</source>
        <translation>快捷菜单</translation>
    </message>
    <message>
        <source>Drop a link on empty canvas</source>
        <translation>将连线拖放到画布空白处</translation>
    </message>
</context>
<context>
    <name>SidesChart</name>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>By layer</source>
        <translation>按层</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>没有可绘制的数据</translation>
    </message>
    <message>
        <source>No layer has a value for this metric.</source>
        <translation>没有任何层具有此指标的值。</translation>
    </message>
</context>
<context>
    <name>SidesModel</name>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差值</translation>
    </message>
</context>
<context>
    <name>SizeBar</name>
    <message>
        <source>File size</source>
        <translation>文件大小</translation>
    </message>
    <message>
        <source>Bytes that the file may take, from the smallest to the largest</source>
        <translation>文件允许占用的字节数，从最小到最大</translation>
    </message>
    <message>
        <source>File size in bytes or percent</source>
        <translation>文件大小，以字节或百分比表示</translation>
    </message>
    <message>
        <source>Type a size such as 60MB, 1.5GB, or a share of the 16-bit size: 40%</source>
        <translation>输入大小，例如 60MB、1.5GB，或相对 16 位大小的比例：40%</translation>
    </message>
    <message>
        <source>Memory, context {0}</source>
        <translation>内存，上下文 {0}</translation>
    </message>
    <message>
        <source>What the slider chooses</source>
        <translation>滑块选择的内容</translation>
    </message>
    <message>
        <source>The size of the file, alone or with the keys and values of a context in 16 bits; or the speed</source>
        <translation>文件大小，单独或连同某一上下文的 16 位键和值；或速度</translation>
    </message>
    <message>
        <source>Tokens per second</source>
        <translation>每秒 token 数</translation>
    </message>
    <message>
        <source>Tokens per second, from the slowest plan to the fastest</source>
        <translation>每秒 token 数，从最慢的方案到最快的方案</translation>
    </message>
    <message>
        <source>Type tokens per second, such as 25</source>
        <translation>输入每秒 token 数，例如 25</translation>
    </message>
    <message>
        <source>With its keys and values the smallest file takes {0}</source>
        <translation>最小的文件连同键和值需要 {0}</translation>
    </message>
    <message>
        <source>The smallest file takes {0}</source>
        <translation>文件最小需要 {0}</translation>
    </message>
    <message>
        <source>Type a number of tokens per second, such as 25</source>
        <translation>请输入每秒 token 数，例如 25</translation>
    </message>
    <message>
        <source>The fastest plan writes {0}</source>
        <translation>最快的方案为 {0}</translation>
    </message>
</context>
<context>
    <name>Start</name>
    <message>
        <source>The last session crashed. The crash report is in {0}.</source>
        <translation>上次会话已崩溃。崩溃报告位于 {0}。</translation>
    </message>
</context>
<context>
    <name>State</name>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>排队中</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Canceling…</source>
        <translation>正在取消…</translation>
    </message>
    <message>
        <source>Cached</source>
        <translation>已缓存</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Canceled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>Not run</source>
        <translation>未运行</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>已中断</translation>
    </message>
    <message>
        <source>Outdated</source>
        <translation>已过期</translation>
    </message>
    <message>
        <source>Needs settings</source>
        <translation>需要设置</translation>
    </message>
    <message>
        <source>Bypassed</source>
        <translation>已旁路</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>Degraded</source>
        <translation>质量下降</translation>
    </message>
    <message>
        <source>Broken</source>
        <translation>严重受损</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source> on {0}</source>
        <translation>，在 {0} 上</translation>
    </message>
    <message>
        <source>this computer</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>reconnecting</source>
        <translation>正在重新连接</translation>
    </message>
    <message>
        <source>{0} on {1}</source>
        <translation>{1}：{0}</translation>
    </message>
    <message>
        <source>“{0}” on {1}: {2}</source>
        <translation>“{0}”（{1}）：{2}</translation>
    </message>
    <message>
        <source>{0} more</source>
        <translation>还有 {0} 个</translation>
    </message>
    <message>
        <source>The compute device is not known yet.</source>
        <translation>计算设备尚未确定。</translation>
    </message>
    <message>
        <source>{name}: {used} of {total}</source>
        <translation>{name}：已用 {used}，共 {total}</translation>
    </message>
    <message>
        <source>Compute device: {name} ({device})</source>
        <translation>计算设备：{name}（{device}）</translation>
    </message>
    <message numerus="yes">
        <source>CPU, %n cores</source>
        <translation>
            <numerusform>CPU，%n 核</numerusform>
        </translation>
    </message>
    <message>
        <source>{used} · {free} free · load {load:.0f} %</source>
        <translation>{used} · 可用 {free} · 负载 {load:.0f} %</translation>
    </message>
    <message>
        <source>Memory of the window, free memory and processor load of this machine. For the memory of the engine process, see Charts › Memory.</source>
        <translation>本机上此窗口占用的内存、可用内存和处理器负载。引擎进程的内存见“图表 › 内存”。</translation>
    </message>
</context>
<context>
    <name>StringsEditor</name>
    <message>
        <source>One per line</source>
        <translation>每行一个</translation>
    </message>
</context>
<context>
    <name>StructureView</name>
    <message>
        <source>Filter tensors</source>
        <translation>筛选张量</translation>
    </message>
    <message>
        <source>Tensors of the model</source>
        <translation>模型的张量</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>形状</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>scalar</source>
        <translation>标量</translation>
    </message>
</context>
<context>
    <name>Studio</name>
    <message>
        <source>What is new</source>
        <translation>新增功能</translation>
    </message>
    <message>
        <source>Compression Studio was updated from {former} to {version}.</source>
        <translation>Compression Studio 已从 {former} 更新到 {version}。</translation>
    </message>
    <message>
        <source>Blocks</source>
        <translation>模块</translation>
    </message>
    <message>
        <source>Outline</source>
        <translation>大纲</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Charts</source>
        <translation>图表</translation>
    </message>
    <message>
        <source>Inspector</source>
        <translation>检视器</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适配</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Try it</source>
        <translation>试用</translation>
    </message>
    <message>
        <source>{0} stays among the values because it has a result.</source>
        <translation>{0} 已有结果，因此保留在取值中。</translation>
    </message>
    <message>
        <source>“{0}” was added under Saved blocks.</source>
        <translation>“{0}”已添加到“已存模块”。</translation>
    </message>
    <message>
        <source>This block has no result yet. Run the pipeline first.</source>
        <translation>此模块还没有结果。请先运行流水线。</translation>
    </message>
</context>
<context>
    <name>SurveyDialog</name>
    <message>
        <source>Survey</source>
        <translation>横向评测</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Estimating time and disk space…</source>
        <translation>正在估计时间和磁盘空间…</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全选</translation>
    </message>
    <message>
        <source>None</source>
        <translation>全不选</translation>
    </message>
    <message>
        <source>Run survey</source>
        <translation>运行评测</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Each method runs on “{0}” in a branch of its own, with the same texts and evaluation. The results are compared in Results. Methods that can&apos;t run on this model are skipped, with the reason.</source>
        <translation>各方法在各自的分支中对“{0}”运行，使用相同的文本和评估，并在“结果”中比较。无法用于此模型的方法会跳过并注明原因。</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>can&apos;t run on this model</source>
        <translation>无法用于此模型</translation>
    </message>
    <message>
        <source>Time and disk space are estimated when the survey starts.</source>
        <translation>时间和磁盘空间在评测开始时估计。</translation>
    </message>
    <message>
        <source>About {time} without evaluation, {disk} of {free} free disk space.</source>
        <translation>约 {time}（不含评估），占用磁盘 {disk}，可用 {free}。</translation>
    </message>
    <message>
        <source>Some have no time estimate.</source>
        <translation>部分方法没有时间估计。</translation>
    </message>
</context>
<context>
    <name>Surveys</name>
    <message>
        <source>Survey of {0}</source>
        <translation>{0} 的横向评测</translation>
    </message>
    <message>
        <source>Skipped: {0}. {1}</source>
        <translation>已跳过：{0}。{1}</translation>
    </message>
</context>
<context>
    <name>SweepLine</name>
    <message>
        <source>Values to try for {0}</source>
        <translation>{0} 要尝试的取值</translation>
    </message>
    <message>
        <source>Add branches</source>
        <translation>添加分支</translation>
    </message>
    <message numerus="yes">
        <source>%n branches, one row each in Results</source>
        <translation>
            <numerusform>%n 个分支，在“结果”中各占一行</numerusform>
        </translation>
    </message>
    <message>
        <source>on, off</source>
        <translation>on, off</translation>
    </message>
    <message>
        <source>Values separated by commas, or a range: {0}</source>
        <translation>以逗号分隔的取值，或一个范围：{0}</translation>
    </message>
</context>
<context>
    <name>TextDialog</name>
    <message>
        <source>Texts</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Search hub</source>
        <translation>搜索 Hub</translation>
    </message>
    <message>
        <source>Search datasets on the hub</source>
        <translation>搜索 Hub 上的数据集</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>文件…</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>文件夹…</translation>
    </message>
    <message>
        <source>All .txt files in a folder, in turn</source>
        <translation>文件夹中所有 .txt 文件，交替读取</translation>
    </message>
    <message>
        <source>Beginning of the text</source>
        <translation>文本开头</translation>
    </message>
    <message>
        <source>Download and preview</source>
        <translation>下载并预览</translation>
    </message>
    <message>
        <source>Use text</source>
        <translation>使用此文本</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Chosen</source>
        <translation>当前选择</translation>
    </message>
    <message>
        <source>Bundled, for full-size models</source>
        <translation>内置，适用于完整规模的模型</translation>
    </message>
    <message>
        <source>Bundled, for the sample model</source>
        <translation>内置，适用于示例模型</translation>
    </message>
    <message>
        <source>No data</source>
        <translation>无需数据</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>最近</translation>
    </message>
    <message>
        <source>The model or its teacher generates the texts. No data is needed.</source>
        <translation>由模型或其教师模型生成文本，无需数据。</translation>
    </message>
    <message>
        <source>Sample texts for the sample model, mixed texts for all others.</source>
        <translation>示例模型使用示例文本，其他模型使用混合文本。</translation>
    </message>
    <message>
        <source>A dataset on the hub.</source>
        <translation>Hub 上的数据集。</translation>
    </message>
    <message numerus="yes">
        <source>{0} downloads</source>
        <translation>
            <numerusform>{0} 次下载</numerusform>
        </translation>
    </message>
    <message>
        <source>no license stated</source>
        <translation>未注明许可证</translation>
    </message>
    <message>
        <source>gated: accept its terms on the hub</source>
        <translation>受限访问：请在 Hub 上接受其条款</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>{0} characters</source>
        <translation>{0} 个字符</translation>
    </message>
    <message numerus="yes">
        <source>%n records, {0}</source>
        <translation>
            <numerusform>%n 条记录，{0}</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} tokens with this model&apos;s tokenizer</source>
        <translation>按此模型的分词器为 {0} 个 token</translation>
    </message>
    <message>
        <source>chat template applied</source>
        <translation>已应用对话模板</translation>
    </message>
    <message>
        <source>no chat template in the tokenizer</source>
        <translation>分词器中没有对话模板</translation>
    </message>
    <message>
        <source>held-out split</source>
        <translation>留出集</translation>
    </message>
    <message>
        <source>training split</source>
        <translation>训练集</translation>
    </message>
    <message>
        <source>On the hub</source>
        <translation>Hub 上</translation>
    </message>
    <message>
        <source>Texts (*.txt *.md *.raw *.json *.jsonl *.ndjson);;All files (*)</source>
        <translation>文本 (*.txt *.md *.raw *.json *.jsonl *.ndjson);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Folder with texts</source>
        <translation>文本文件夹</translation>
    </message>
</context>
<context>
    <name>TextSizeBox</name>
    <message>
        <source>{0} (system)</source>
        <translation>{0}（系统）</translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Training step</source>
        <translation>训练步</translation>
    </message>
    <message>
        <source>Layers and weight distributions at an earlier training step</source>
        <translation>较早训练步时的层和权重分布</translation>
    </message>
    <message>
        <source>step {0}</source>
        <translation>第 {0} 步</translation>
    </message>
    <message>
        <source>{step} (latest)</source>
        <translation>{step}（最新）</translation>
    </message>
</context>
<context>
    <name>TryItPanel</name>
    <message>
        <source>Add a model</source>
        <translation>添加模型</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>Text to continue</source>
        <translation>要续写的文本</translation>
    </message>
    <message>
        <source>Ctrl+Enter in the prompt</source>
        <translation>在提示词中按 Ctrl+Enter</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>生成</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Chat in several turns with the model&apos;s chat template. Models without one get plain text.</source>
        <translation>使用模型的对话模板进行多轮对话。没有模板的模型接收纯文本。</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>0 (greedy)</source>
        <translation>0（贪心）</translation>
    </message>
    <message>
        <source>0 always takes the most likely token; higher values vary more.</source>
        <translation>为 0 时总是取概率最高的 token；值越大，变化越多。</translation>
    </message>
    <message>
        <source>Top-p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>Sample from the most likely tokens whose probabilities add up to this value.</source>
        <translation>从概率最高、且概率之和达到此值的 token 中采样。</translation>
    </message>
    <message>
        <source>The same seed gives the same text. Used when the temperature is above 0.</source>
        <translation>相同的种子得到相同的文本。温度大于 0 时使用。</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Stop before this text; \n stands for a line break.</source>
        <translation>在此文本之前停止；\n 表示换行。</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>token 数</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Stop at</source>
        <translation>停止于</translation>
    </message>
    <message>
        <source>Run a pipeline first. You can then generate text with its source and every result.</source>
        <translation>请先运行一条流水线，之后即可用其源模型和每个结果生成文本。</translation>
    </message>
    <message>
        <source>Loading the model…</source>
        <translation>正在加载模型…</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>正在停止…</translation>
    </message>
    <message>
        <source>Identical text</source>
        <translation>文本完全相同</translation>
    </message>
    <message numerus="yes">
        <source>First %n words identical</source>
        <translation>
            <numerusform>前 %n 个词相同</numerusform>
        </translation>
    </message>
    <message>
        <source>Different from the start</source>
        <translation>从开头就不同</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
</context>
<context>
    <name>UpdatesWindow</name>
    <message>
        <source>Updates and versions</source>
        <translation>更新与版本</translation>
    </message>
    <message>
        <source>The line that updates it</source>
        <translation>用于更新的命令行</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Check for updates</source>
        <translation>检查更新</translation>
    </message>
    <message>
        <source>Update now</source>
        <translation>立即更新</translation>
    </message>
    <message>
        <source>The program looks for updates when you ask, and never installs them by itself.</source>
        <translation>程序只在您要求时检查更新，从不自行安装。</translation>
    </message>
    <message>
        <source>What is new</source>
        <translation>新增功能</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Checking the installation…</source>
        <translation>正在查看已安装的内容…</translation>
    </message>
    <message>
        <source>This line updates it; then start the program again.</source>
        <translation>用此命令行更新，然后重新启动程序。</translation>
    </message>
    <message>
        <source>Its folder is {0}.</source>
        <translation>其文件夹为 {0}。</translation>
    </message>
    <message>
        <source>{0} in total, including what is kept for repairs. {1} free on the disk.</source>
        <translation>共 {0}，包括为修复而保留的内容。磁盘剩余 {1}。</translation>
    </message>
    <message>
        <source>torch {0}</source>
        <translation>torch {0}</translation>
    </message>
    <message>
        <source>torch is not installed</source>
        <translation>未安装 torch</translation>
    </message>
    <message>
        <source>Code {0}</source>
        <translation>代码 {0}</translation>
    </message>
    <message>
        <source>computes on {name} ({device})</source>
        <translation>在 {name}（{device}）上计算</translation>
    </message>
    <message>
        <source>Looking for updates…</source>
        <translation>正在检查更新…</translation>
    </message>
    <message>
        <source>Updating…</source>
        <translation>正在更新…</translation>
    </message>
    <message>
        <source>Rolling back…</source>
        <translation>正在回退…</translation>
    </message>
    <message>
        <source>Installs the current version again in a separate folder, tests it, and starts it from then on. Packages that are not stored locally are downloaded again.</source>
        <translation>将当前版本另行安装一份，经测试后改为启动这一份。未保留的软件包会重新下载。</translation>
    </message>
    <message>
        <source>Repair</source>
        <translation>修复</translation>
    </message>
    <message>
        <source>Repair the program?</source>
        <translation>修复程序？</translation>
    </message>
    <message>
        <source>Repairing…</source>
        <translation>正在修复…</translation>
    </message>
    <message>
        <source>This frees {0}. You can&apos;t roll back to it afterward.</source>
        <translation>将释放 {0}。之后无法再回退到该版本。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Remove version {0}?</source>
        <translation>移除版本 {0}？</translation>
    </message>
    <message>
        <source>Removing…</source>
        <translation>正在移除…</translation>
    </message>
    <message>
        <source>Canceling…</source>
        <translation>正在取消…</translation>
    </message>
    <message>
        <source>The installer can&apos;t be started: {0}.</source>
        <translation>无法启动安装程序：{0}。</translation>
    </message>
    <message>
        <source>Version {0} is available.</source>
        <translation>有新版本 {0} 可用。</translation>
    </message>
    <message>
        <source>It fetches {0} and newer packages, whose size is not known.</source>
        <translation>将下载 {0} 以及更新的软件包，后者大小未知。</translation>
    </message>
    <message>
        <source>It fetches {0} at most; packages that are here already are not fetched again.</source>
        <translation>最多下载 {0}；已有的软件包不会重复下载。</translation>
    </message>
    <message>
        <source>Version {0} is the newest.</source>
        <translation>版本 {0} 已是最新。</translation>
    </message>
    <message>
        <source>Version {0} starts from now on.</source>
        <translation>从现在起将启动版本 {0}。</translation>
    </message>
    <message>
        <source>Restart now</source>
        <translation>立即重启</translation>
    </message>
    <message>
        <source>Version {0} is the current one. This window runs the former one until you restart the program.</source>
        <translation>当前版本为 {0}。在您重启程序之前，此窗口仍运行之前的版本。</translation>
    </message>
</context>
<context>
    <name>ValuesDialog</name>
    <message>
        <source>Same as the block</source>
        <translation>与模块相同</translation>
    </message>
    <message>
        <source>Set</source>
        <translation>设定</translation>
    </message>
    <message>
        <source>Value for the checked layers</source>
        <translation>所勾选层的取值</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>取值</translation>
    </message>
    <message>
        <source>mixed</source>
        <translation>混合</translation>
    </message>
</context>
<context>
    <name>VerdictCard</name>
    <message>
        <source>Exact: equal to the bit</source>
        <translation>精确：逐位一致</translation>
    </message>
    <message>
        <source>Near: another environment explains the differences</source>
        <translation>接近：差异源于环境不同</translation>
    </message>
    <message>
        <source>It differs from its record</source>
        <translation>与记录不符</translation>
    </message>
    <message>
        <source>Exact, as far as it was made again</source>
        <translation>精确（就已重新制作的部分而言）</translation>
    </message>
    <message>
        <source>Not as it was: {0}.</source>
        <translation>与当时不同：{0}。</translation>
    </message>
</context>
<context>
    <name>VersionCard</name>
    <message>
        <source>Version {0}</source>
        <translation>版本 {0}</translation>
    </message>
    <message>
        <source>Install this version once more, test it, and switch to that.</source>
        <translation>再次安装此版本，经测试后切换过去。</translation>
    </message>
    <message>
        <source>Repair…</source>
        <translation>修复…</translation>
    </message>
    <message>
        <source>Start this version from now on. Rolling back once more undoes it.</source>
        <translation>从现在起启动此版本。再次回退可撤销。</translation>
    </message>
    <message>
        <source>Roll back</source>
        <translation>回退</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>移除…</translation>
    </message>
    <message>
        <source>current</source>
        <translation>当前</translation>
    </message>
    <message>
        <source>previous</source>
        <translation>上一个</translation>
    </message>
    <message>
        <source>running</source>
        <translation>正在运行</translation>
    </message>
    <message>
        <source>Not whole: the next installation removes it. {0}</source>
        <translation>不完整：下次安装时会移除。{0}</translation>
    </message>
    <message>
        <source>torch for {0}</source>
        <translation>适用于 {0} 的 torch</translation>
    </message>
    <message>
        <source>code {0}</source>
        <translation>代码 {0}</translation>
    </message>
    <message>
        <source>without the window</source>
        <translation>不含图形界面</translation>
    </message>
</context>
<context>
    <name>VersionTile</name>
    <message>
        <source>Run of {0}</source>
        <translation>{0} 的运行</translation>
    </message>
    <message>
        <source>Same settings as now.</source>
        <translation>设置与现在相同。</translation>
    </message>
    <message>
        <source>Current pipeline</source>
        <translation>当前流水线</translation>
    </message>
</context>
<context>
    <name>Versions</name>
    <message>
        <source>Runs of this pipeline. Click one to restore its settings; Undo reverts.</source>
        <translation>此流水线的历次运行。单击可恢复其设置；撤销可还原。</translation>
    </message>
    <message numerus="yes">
        <source>%n runs</source>
        <translation>
            <numerusform>%n 次运行</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WaitingTile</name>
    <message>
        <source>Progress of the block</source>
        <translation>模块进度</translation>
    </message>
    <message>
        <source>Histograms and errors appear with the first finished layer, curves with the first training steps.</source>
        <translation>第一层完成后显示直方图和误差，最初的训练步之后显示曲线。</translation>
    </message>
    <message>
        <source>Show that run</source>
        <translation>显示该运行</translation>
    </message>
    <message>
        <source>No charts yet</source>
        <translation>还没有图表</translation>
    </message>
    <message>
        <source>Their charts are with the run that computed them: {0}.</source>
        <translation>其图表保存在计算这些结果的运行中：{0}。</translation>
    </message>
    <message>
        <source>The run that computed them was deleted, and its charts with it.</source>
        <translation>计算这些结果的运行已被删除，其图表也一并删除。</translation>
    </message>
    <message>
        <source>All results were reused</source>
        <translation>所有结果均为复用</translation>
    </message>
    <message>
        <source>Run the pipeline to see curves, layers, weight distributions and memory.</source>
        <translation>运行流水线后，可查看曲线、层、权重分布和内存。</translation>
    </message>
</context>
<context>
    <name>Watch</name>
    <message>
        <source>{0} more</source>
        <translation>还有 {0} 个</translation>
    </message>
</context>
<context>
    <name>WatchPage</name>
    <message>
        <source>Double-click to go back to the canvas</source>
        <translation>双击返回画布</translation>
    </message>
    <message>
        <source>Results of the pipeline&apos;s blocks</source>
        <translation>流水线各模块的结果</translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>Back to the current run</source>
        <translation>返回当前运行</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>正在运行</translation>
    </message>
    <message>
        <source>Saved pipelines appear here.</source>
        <translation>保存的流水线会显示在此处。</translation>
    </message>
    <message>
        <source>Resume where it stopped</source>
        <translation>从中断处恢复</translation>
    </message>
    <message>
        <source>Show results</source>
        <translation>查看结果</translation>
    </message>
    <message>
        <source>Compression Studio</source>
        <translation>Compression Studio</translation>
    </message>
    <message>
        <source>Load a language model, build a pipeline of compression methods, run it, and export the result.</source>
        <translation>加载语言模型，用压缩方法搭建流水线，运行并导出结果。</translation>
    </message>
    <message>
        <source>A small model and a 4-bit quantization, ready to run. It works offline and takes seconds.</source>
        <translation>一个小模型和 4 位量化，可直接运行。无需联网，几秒即可完成。</translation>
    </message>
    <message>
        <source>Say how large the file may be, such as 60 MB: every layer gets the format that loses least.</source>
        <translation>指定文件大小上限，例如 60 MB：每一层都会采用损失最小的格式。</translation>
    </message>
    <message>
        <source>A folder, a GGUF file or a model on the hub. Weights are loaded only when needed.</source>
        <translation>文件夹、GGUF 文件或 Hub 上的模型。权重仅在需要时加载。</translation>
    </message>
    <message>
        <source>An empty canvas and all methods.</source>
        <translation>空白画布和全部方法。</translation>
    </message>
    <message>
        <source>Try the sample</source>
        <translation>试用示例</translation>
    </message>
    <message>
        <source>Fit a model to a size</source>
        <translation>按大小压缩模型</translation>
    </message>
    <message>
        <source>Open a model</source>
        <translation>打开模型</translation>
    </message>
    <message>
        <source>New pipeline</source>
        <translation>新建流水线</translation>
    </message>
    <message>
        <source>Recent runs</source>
        <translation>最近的运行</translation>
    </message>
    <message>
        <source>Recent pipelines</source>
        <translation>最近的流水线</translation>
    </message>
    <message>
        <source>Templates</source>
        <translation>模板</translation>
    </message>
    <message>
        <source>Find a template</source>
        <translation>查找模板</translation>
    </message>
    <message>
        <source>No matching templates.</source>
        <translation>没有匹配的模板。</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Combinations</source>
        <translation>组合</translation>
    </message>
    <message>
        <source>Or drop a pipeline, a model folder or a GGUF file anywhere on this window.</source>
        <translation>也可以将流水线、模型文件夹或 GGUF 文件拖放到此窗口的任意位置。</translation>
    </message>
    <message>
        <source>not found</source>
        <translation>未找到</translation>
    </message>
    <message>
        <source>saved {0} ago</source>
        <translation>{0} 前保存</translation>
    </message>
    <message>
        <source>saved just now</source>
        <translation>刚刚保存</translation>
    </message>
</context>
<context>
    <name>Workspace</name>
    <message>
        <source>Float “{panel}”</source>
        <translation>浮动显示“{panel}”</translation>
    </message>
    <message>
        <source>Hide panel</source>
        <translation>隐藏面板</translation>
    </message>
</context>
<context>
    <name>_Column</name>
    <message>
        <source>Remove this model</source>
        <translation>移除此模型</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Generated text</source>
        <translation>生成的文本</translation>
    </message>
    <message>
        <source>Generated text appears here.</source>
        <translation>生成的文本会显示在此处。</translation>
    </message>
    <message>
        <source>{speed} tokens/s</source>
        <translation>{speed} token/s</translation>
    </message>
</context>
<context>
    <name>_Counts</name>
    <message numerus="yes">
        <source>%n blocks</source>
        <translation>
            <numerusform>%n 个模块</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0}: %n values</source>
        <translation>
            <numerusform>{0}：%n 个取值</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>_MethodTree</name>
    <message>
        <source>Methods</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Saved blocks</source>
        <translation>已存模块</translation>
    </message>
    <message>
        <source>{0}: saved blocks. Press Del to remove them.</source>
        <translation>{0}：已存模块。按 Del 可移除。</translation>
    </message>
    <message>
        <source>{0} ({1})</source>
        <translation>{0}（{1}）</translation>
    </message>
    <message>
        <source>From package {0}</source>
        <translation>来自软件包 {0}</translation>
    </message>
</context>
<context>
    <name>_TitleBar</name>
    <message>
        <source>Float panel</source>
        <translation>浮动显示面板</translation>
    </message>
    <message>
        <source>Hide panel</source>
        <translation>隐藏面板</translation>
    </message>
</context>
<context>
    <name>consent</name>
    <message>
        <source>This model includes its own Python code, which would run with all your permissions, including access to your files and network. The model can&apos;t be used without it.

{files}

Read the code first: {folder}</source>
        <translation>此模型包含其自带的 Python 代码，运行时将拥有您的全部权限，包括访问您的文件和网络。不运行这些代码就无法使用此模型。

{files}

请先阅读代码：{folder}</translation>
    </message>
    <message>
        <source>Run this model&apos;s code?</source>
        <translation>运行此模型的代码？</translation>
    </message>
    <message>
        <source>Trust and run</source>
        <translation>信任并运行</translation>
    </message>
    <message>
        <source>Don&apos;t run</source>
        <translation>不运行</translation>
    </message>
</context>
<context>
    <name>engine</name>
    <message>
        <source>% of the parameters</source>
        <translation>% 的参数</translation>
    </message>
    <message>
        <source>1 bit, sign and scale</source>
        <translation>1 位，符号与缩放</translation>
    </message>
    <message>
        <source>16 bit, bfloat16</source>
        <translation>16 位，bfloat16</translation>
    </message>
    <message>
        <source>16 bit, float16</source>
        <translation>16 位，float16</translation>
    </message>
    <message>
        <source>2 bit integer</source>
        <translation>2 位整数</translation>
    </message>
    <message>
        <source>2 of every 4</source>
        <translation>每 4 个中 2 个</translation>
    </message>
    <message>
        <source>3 bit integer</source>
        <translation>3 位整数</translation>
    </message>
    <message>
        <source>4 bit NormalFloat (NF4)</source>
        <translation>4 位 NormalFloat (NF4)</translation>
    </message>
    <message>
        <source>4 bit float (E2M1)</source>
        <translation>4 位浮点 (E2M1)</translation>
    </message>
    <message>
        <source>4 bit float (FP4)</source>
        <translation>4 位浮点 (FP4)</translation>
    </message>
    <message>
        <source>4 bit float as in bitsandbytes (FP4)</source>
        <translation>与 bitsandbytes 相同的 4 位浮点 (FP4)</translation>
    </message>
    <message>
        <source>4 bit float, MXFP4 (groups of 32, powers of two)</source>
        <translation>4 位浮点，MXFP4（每组 32 个，2 的幂）</translation>
    </message>
    <message>
        <source>4 bit float, NVFP4 (groups of 16, 8-bit scales)</source>
        <translation>4 位浮点，NVFP4（每组 16 个，8 位缩放）</translation>
    </message>
    <message>
        <source>4 bit integer</source>
        <translation>4 位整数</translation>
    </message>
    <message>
        <source>4 bit integer per token</source>
        <translation>逐 token 4 位整数</translation>
    </message>
    <message>
        <source>4 bits and adapters</source>
        <translation>4 位加适配器</translation>
    </message>
    <message>
        <source>4 of every 8</source>
        <translation>每 8 个中 4 个</translation>
    </message>
    <message>
        <source>5 bit integer</source>
        <translation>5 位整数</translation>
    </message>
    <message>
        <source>6 bit integer</source>
        <translation>6 位整数</translation>
    </message>
    <message>
        <source>7 bit integer</source>
        <translation>7 位整数</translation>
    </message>
    <message>
        <source>8 bit float (E4M3)</source>
        <translation>8 位浮点 (E4M3)</translation>
    </message>
    <message>
        <source>8 bit float per token</source>
        <translation>逐 token 8 位浮点</translation>
    </message>
    <message>
        <source>8 bit float, one scale fixed on a text</source>
        <translation>8 位浮点，由文本确定的单一缩放</translation>
    </message>
    <message>
        <source>8 bit integer</source>
        <translation>8 位整数</translation>
    </message>
    <message>
        <source>8 bit integer per token</source>
        <translation>逐 token 8 位整数</translation>
    </message>
    <message>
        <source>8-bit fixed point</source>
        <translation>8 位定点</translation>
    </message>
    <message>
        <source>8-bit weights and activations</source>
        <translation>8 位权重与激活</translation>
    </message>
    <message>
        <source>A block of inputs (SparseGPT as published)</source>
        <translation>一块输入（与 SparseGPT 论文一致）</translation>
    </message>
    <message>
        <source>A run of neighbors (angular distance)</source>
        <translation>一段相邻层（角距离）</translation>
    </message>
    <message>
        <source>A smaller part of it</source>
        <translation>其中较小的一部分</translation>
    </message>
    <message>
        <source>A step of the training</source>
        <translation>训练的某一步</translation>
    </message>
    <message>
        <source>ASVD exponent α</source>
        <translation>ASVD 指数 α</translation>
    </message>
    <message>
        <source>AWQ</source>
        <translation>AWQ</translation>
    </message>
    <message>
        <source>AWQ against rounding</source>
        <translation>AWQ 与直接舍入对比</translation>
    </message>
    <message>
        <source>Absolute difference (L1)</source>
        <translation>绝对差 (L1)</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>准确率</translation>
    </message>
    <message>
        <source>Activation norm (EAN)</source>
        <translation>激活范数 (EAN)</translation>
    </message>
    <message>
        <source>Activation order (act-order)</source>
        <translation>激活顺序 (act-order)</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>激活</translation>
    </message>
    <message>
        <source>Activations and cache</source>
        <translation>激活与缓存</translation>
    </message>
    <message>
        <source>AdamW</source>
        <translation>AdamW</translation>
    </message>
    <message>
        <source>AdamW, 8-bit state</source>
        <translation>AdamW，8 位状态</translation>
    </message>
    <message>
        <source>AdamW, paged state</source>
        <translation>AdamW，分页状态</translation>
    </message>
    <message>
        <source>Adapters</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>Adapters after training</source>
        <translation>训练后的适配器</translation>
    </message>
    <message>
        <source>After every block</source>
        <translation>每个模块之后</translation>
    </message>
    <message>
        <source>After every round</source>
        <translation>每轮之后</translation>
    </message>
    <message>
        <source>After the last round</source>
        <translation>最后一轮之后</translation>
    </message>
    <message>
        <source>Alike</source>
        <translation>均等</translation>
    </message>
    <message>
        <source>All inputs that can be scaled</source>
        <translation>所有可缩放的输入</translation>
    </message>
    <message>
        <source>All weights</source>
        <translation>所有权重</translation>
    </message>
    <message>
        <source>All weights and scales</source>
        <translation>所有权重与缩放</translation>
    </message>
    <message>
        <source>All, spread evenly</source>
        <translation>全部，均匀分布</translation>
    </message>
    <message>
        <source>Angular distance</source>
        <translation>角距离</translation>
    </message>
    <message>
        <source>Answer distance</source>
        <translation>回答距离</translation>
    </message>
    <message>
        <source>Architecture</source>
        <translation>架构</translation>
    </message>
    <message>
        <source>As in the mix</source>
        <translation>与混合方案相同</translation>
    </message>
    <message>
        <source>As it is</source>
        <translation>保持不变</translation>
    </message>
    <message>
        <source>As published</source>
        <translation>与论文一致</translation>
    </message>
    <message>
        <source>As they are</source>
        <translation>保持不变</translation>
    </message>
    <message>
        <source>As they came</source>
        <translation>保持原样</translation>
    </message>
    <message>
        <source>At random</source>
        <translation>随机</translation>
    </message>
    <message>
        <source>At the ends only</source>
        <translation>仅首尾</translation>
    </message>
    <message>
        <source>Attention heads</source>
        <translation>注意力头数</translation>
    </message>
    <message>
        <source>Attention memory</source>
        <translation>注意力内存</translation>
    </message>
    <message>
        <source>Attention output per head</source>
        <translation>逐头的注意力输出</translation>
    </message>
    <message>
        <source>Attention time</source>
        <translation>注意力耗时</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Average attention</source>
        <translation>平均注意力</translation>
    </message>
    <message>
        <source>BF16</source>
        <translation>BF16</translation>
    </message>
    <message>
        <source>Backward, layer {0} of {1}</source>
        <translation>反向，第 {0}/{1} 层</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation>批大小</translation>
    </message>
    <message>
        <source>Behind compressed layers</source>
        <translation>在已压缩层之后</translation>
    </message>
    <message>
        <source>Benchmark attention up to</source>
        <translation>注意力基准测试上限</translation>
    </message>
    <message>
        <source>Beta</source>
        <translation>Beta</translation>
    </message>
    <message>
        <source>Beta 1</source>
        <translation>Beta 1</translation>
    </message>
    <message>
        <source>Beta 2</source>
        <translation>Beta 2</translation>
    </message>
    <message>
        <source>Bits</source>
        <translation>位数</translation>
    </message>
    <message>
        <source>Bits per weight</source>
        <translation>每权重位数</translation>
    </message>
    <message>
        <source>Bits/weight</source>
        <translation>位/权重</translation>
    </message>
    <message>
        <source>Block influence</source>
        <translation>块影响度</translation>
    </message>
    <message>
        <source>Block size</source>
        <translation>块大小</translation>
    </message>
    <message>
        <source>Budget</source>
        <translation>预算</translation>
    </message>
    <message>
        <source>Budget in</source>
        <translation>预算单位</translation>
    </message>
    <message>
        <source>By all layers: one E</source>
        <translation>所有层共用：一个 E</translation>
    </message>
    <message>
        <source>By energy</source>
        <translation>按能量</translation>
    </message>
    <message>
        <source>By hand</source>
        <translation>手动</translation>
    </message>
    <message>
        <source>By importance</source>
        <translation>按重要性</translation>
    </message>
    <message>
        <source>By keys and values too: E = F</source>
        <translation>键与值也共用：E = F</translation>
    </message>
    <message>
        <source>By number</source>
        <translation>按编号</translation>
    </message>
    <message>
        <source>By the heads of a layer: E and F</source>
        <translation>层内各头共用：E 与 F</translation>
    </message>
    <message>
        <source>By their worth, over all layers</source>
        <translation>按价值，跨所有层</translation>
    </message>
    <message>
        <source>Cache dequantized weights</source>
        <translation>缓存反量化权重</translation>
    </message>
    <message>
        <source>Cache the teacher&apos;s top k</source>
        <translation>缓存教师模型的 top-k</translation>
    </message>
    <message>
        <source>Calibrating layer {0} of {1}</source>
        <translation>校准第 {0}/{1} 层</translation>
    </message>
    <message>
        <source>Calibrating {0}</source>
        <translation>校准 {0}</translation>
    </message>
    <message>
        <source>Calibration</source>
        <translation>校准</translation>
    </message>
    <message>
        <source>Calibration statistics</source>
        <translation>校准统计量</translation>
    </message>
    <message>
        <source>Calibration text</source>
        <translation>校准文本</translation>
    </message>
    <message>
        <source>Check generation</source>
        <translation>检查生成</translation>
    </message>
    <message>
        <source>Checking the files</source>
        <translation>检查文件</translation>
    </message>
    <message>
        <source>Checking the pipeline</source>
        <translation>检查流水线</translation>
    </message>
    <message>
        <source>Checkpoint at step</source>
        <translation>在该步保存检查点</translation>
    </message>
    <message>
        <source>Clip ratio</source>
        <translation>裁剪比例</translation>
    </message>
    <message>
        <source>Clipping</source>
        <translation>截断</translation>
    </message>
    <message>
        <source>Clipping of activations</source>
        <translation>激活截断</translation>
    </message>
    <message>
        <source>Clipping of keys and values</source>
        <translation>键与值截断</translation>
    </message>
    <message>
        <source>Code values</source>
        <translation>编码值</translation>
    </message>
    <message>
        <source>Codes</source>
        <translation>编码</translation>
    </message>
    <message>
        <source>Compare with the source</source>
        <translation>与来源对比</translation>
    </message>
    <message>
        <source>Comparison group</source>
        <translation>比较组</translation>
    </message>
    <message>
        <source>Compression Studio</source>
        <translation>Compression Studio</translation>
    </message>
    <message>
        <source>Compression time</source>
        <translation>压缩用时</translation>
    </message>
    <message>
        <source>Compute dtype</source>
        <translation>计算 dtype</translation>
    </message>
    <message>
        <source>Computed in</source>
        <translation>计算精度</translation>
    </message>
    <message>
        <source>Config</source>
        <translation>配置</translation>
    </message>
    <message>
        <source>Constant</source>
        <translation>恒定</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>Controls</source>
        <translation>对照</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>余弦</translation>
    </message>
    <message>
        <source>Coverage</source>
        <translation>覆盖率</translation>
    </message>
    <message>
        <source>Coverage, bytes</source>
        <translation>覆盖率（字节）</translation>
    </message>
    <message>
        <source>Criterion</source>
        <translation>准则</translation>
    </message>
    <message>
        <source>Cross-entropy on the text</source>
        <translation>文本上的交叉熵</translation>
    </message>
    <message>
        <source>Cumulative KL</source>
        <translation>累计 KL</translation>
    </message>
    <message>
        <source>Cumulative KL divergence</source>
        <translation>累计 KL 散度</translation>
    </message>
    <message>
        <source>Damping</source>
        <translation>阻尼</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Data types</source>
        <translation>数据类型</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>Decode</source>
        <translation>解码</translation>
    </message>
    <message>
        <source>Dense</source>
        <translation>稠密</translation>
    </message>
    <message>
        <source>Dense tensors as</source>
        <translation>稠密张量存为</translation>
    </message>
    <message>
        <source>Depth pruning</source>
        <translation>深度剪枝</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>说明</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Distillation</source>
        <translation>蒸馏</translation>
    </message>
    <message>
        <source>Divergence</source>
        <translation>散度</translation>
    </message>
    <message>
        <source>Divergence from the teacher</source>
        <translation>与教师模型的散度</translation>
    </message>
    <message>
        <source>Domain</source>
        <translation>领域</translation>
    </message>
    <message>
        <source>Domains</source>
        <translation>领域</translation>
    </message>
    <message>
        <source>Double quantization</source>
        <translation>双重量化</translation>
    </message>
    <message>
        <source>Drawing labels and their gradients</source>
        <translation>采样标签及其梯度</translation>
    </message>
    <message>
        <source>Dropout</source>
        <translation>Dropout</translation>
    </message>
    <message>
        <source>Dropped</source>
        <translation>丢弃</translation>
    </message>
    <message>
        <source>Duo scaling</source>
        <translation>双重缩放</translation>
    </message>
    <message>
        <source>Early stop against sparsity</source>
        <translation>提前停止与稀疏度</translation>
    </message>
    <message>
        <source>Early stopping patience</source>
        <translation>早停耐心值</translation>
    </message>
    <message>
        <source>Energy</source>
        <translation>能量</translation>
    </message>
    <message>
        <source>Energy kept</source>
        <translation>保留的能量</translation>
    </message>
    <message>
        <source>Error by format</source>
        <translation>各格式的误差</translation>
    </message>
    <message>
        <source>Error exponent</source>
        <translation>误差指数</translation>
    </message>
    <message>
        <source>Error in FP4</source>
        <translation>FP4 误差</translation>
    </message>
    <message>
        <source>Error in MXFP4</source>
        <translation>MXFP4 误差</translation>
    </message>
    <message>
        <source>Error in NF4</source>
        <translation>NF4 误差</translation>
    </message>
    <message>
        <source>Error in NVFP4</source>
        <translation>NVFP4 误差</translation>
    </message>
    <message>
        <source>Error in int4</source>
        <translation>int4 误差</translation>
    </message>
    <message>
        <source>Error over ratio</source>
        <translation>误差与比例</translation>
    </message>
    <message>
        <source>Error to minimize</source>
        <translation>要最小化的误差</translation>
    </message>
    <message>
        <source>Error, as a share of rounding without scales</source>
        <translation>误差（占不带缩放舍入误差的比例）</translation>
    </message>
    <message>
        <source>Eval</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Evaluate every</source>
        <translation>评估间隔</translation>
    </message>
    <message>
        <source>Expert</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Expert pruning</source>
        <translation>专家剪枝</translation>
    </message>
    <message>
        <source>Experts per layer</source>
        <translation>每层专家数</translation>
    </message>
    <message>
        <source>Experts to remove, by number</source>
        <translation>要移除的专家编号</translation>
    </message>
    <message>
        <source>F16</source>
        <translation>F16</translation>
    </message>
    <message>
        <source>F32</source>
        <translation>F32</translation>
    </message>
    <message>
        <source>FP4 error</source>
        <translation>FP4 误差</translation>
    </message>
    <message>
        <source>Factorize layers</source>
        <translation>分解层</translation>
    </message>
    <message>
        <source>Factorized, recovered, 4 bit</source>
        <translation>分解、恢复、4 位</translation>
    </message>
    <message>
        <source>Fewer experts</source>
        <translation>更少专家</translation>
    </message>
    <message>
        <source>Final learning rate</source>
        <translation>最终学习率</translation>
    </message>
    <message>
        <source>Fine-tuning</source>
        <translation>微调</translation>
    </message>
    <message>
        <source>Fit to a size versus a uniform mix</source>
        <translation>适配指定大小，对比统一混合方案</translation>
    </message>
    <message>
        <source>Fit to budget</source>
        <translation>适配预算</translation>
    </message>
    <message>
        <source>Fitting</source>
        <translation>拟合</translation>
    </message>
    <message>
        <source>Fitting steps</source>
        <translation>拟合步数</translation>
    </message>
    <message>
        <source>Fitting the projections</source>
        <translation>投影拟合</translation>
    </message>
    <message>
        <source>For</source>
        <translation>用于</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Format of some layers</source>
        <translation>部分层的格式</translation>
    </message>
    <message>
        <source>Formats</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Forward KL</source>
        <translation>前向 KL</translation>
    </message>
    <message>
        <source>Forward, layer {0} of {1}</source>
        <translation>前向，第 {0}/{1} 层</translation>
    </message>
    <message>
        <source>From a file or data set</source>
        <translation>来自文件或数据集</translation>
    </message>
    <message>
        <source>Frozen weights stored as</source>
        <translation>冻结权重存为</translation>
    </message>
    <message>
        <source>GGUF</source>
        <translation>GGUF</translation>
    </message>
    <message>
        <source>GGUF IQ4_NL (blocks of 32)</source>
        <translation>GGUF IQ4_NL（每块 32 个）</translation>
    </message>
    <message>
        <source>GGUF IQ4_XS (blocks of 256)</source>
        <translation>GGUF IQ4_XS（每块 256 个）</translation>
    </message>
    <message>
        <source>GGUF Q2_K (blocks of 256)</source>
        <translation>GGUF Q2_K（每块 256 个）</translation>
    </message>
    <message>
        <source>GGUF Q3_K (blocks of 256)</source>
        <translation>GGUF Q3_K（每块 256 个）</translation>
    </message>
    <message>
        <source>GGUF Q4_0 (blocks of 32)</source>
        <translation>GGUF Q4_0（每块 32 个）</translation>
    </message>
    <message>
        <source>GGUF Q4_1 (blocks of 32)</source>
        <translation>GGUF Q4_1（每块 32 个）</translation>
    </message>
    <message>
        <source>GGUF Q4_K (blocks of 256)</source>
        <translation>GGUF Q4_K（每块 256 个）</translation>
    </message>
    <message>
        <source>GGUF Q5_0 (blocks of 32)</source>
        <translation>GGUF Q5_0（每块 32 个）</translation>
    </message>
    <message>
        <source>GGUF Q5_1 (blocks of 32)</source>
        <translation>GGUF Q5_1（每块 32 个）</translation>
    </message>
    <message>
        <source>GGUF Q5_K (blocks of 256)</source>
        <translation>GGUF Q5_K（每块 256 个）</translation>
    </message>
    <message>
        <source>GGUF Q6_K (blocks of 256)</source>
        <translation>GGUF Q6_K（每块 256 个）</translation>
    </message>
    <message>
        <source>GGUF Q8_0 (blocks of 32)</source>
        <translation>GGUF Q8_0（每块 32 个）</translation>
    </message>
    <message>
        <source>GGUF quants</source>
        <translation>GGUF 量化</translation>
    </message>
    <message>
        <source>GGUF quants by rounding and by GPTQ</source>
        <translation>GGUF 量化：舍入与 GPTQ</translation>
    </message>
    <message>
        <source>GPTQ</source>
        <translation>GPTQ</translation>
    </message>
    <message>
        <source>GPTQ against rounding</source>
        <translation>GPTQ 与直接舍入对比</translation>
    </message>
    <message>
        <source>Gather it on a text</source>
        <translation>在文本上收集</translation>
    </message>
    <message>
        <source>Generation agreement</source>
        <translation>生成一致率</translation>
    </message>
    <message>
        <source>Generation temperature</source>
        <translation>生成温度</translation>
    </message>
    <message>
        <source>Given</source>
        <translation>给定</translation>
    </message>
    <message>
        <source>Gradient checkpointing</source>
        <translation>梯度检查点</translation>
    </message>
    <message>
        <source>Gradient cosine</source>
        <translation>梯度余弦</translation>
    </message>
    <message>
        <source>Gradient norm</source>
        <translation>梯度范数</translation>
    </message>
    <message>
        <source>Gradient through ranges</source>
        <translation>经过范围的梯度</translation>
    </message>
    <message>
        <source>Group of inputs</source>
        <translation>输入分组</translation>
    </message>
    <message>
        <source>Group size</source>
        <translation>组大小</translation>
    </message>
    <message>
        <source>Guard</source>
        <translation>防护</translation>
    </message>
    <message>
        <source>HQQ</source>
        <translation>HQQ</translation>
    </message>
    <message>
        <source>HQQ against rounding</source>
        <translation>HQQ 与直接舍入对比</translation>
    </message>
    <message>
        <source>Half of the others</source>
        <translation>其他层的一半</translation>
    </message>
    <message>
        <source>Half of the weights</source>
        <translation>一半权重</translation>
    </message>
    <message>
        <source>Heads to remove, by number</source>
        <translation>要移除的注意力头（按编号）</translation>
    </message>
    <message>
        <source>Healing after pruning</source>
        <translation>剪枝后的恢复</translation>
    </message>
    <message>
        <source>Held-out loss</source>
        <translation>留出文本上的损失</translation>
    </message>
    <message>
        <source>Held-out samples</source>
        <translation>留出样本</translation>
    </message>
    <message>
        <source>Hidden cosine</source>
        <translation>隐藏状态余弦</translation>
    </message>
    <message>
        <source>Hidden size</source>
        <translation>隐藏维度</translation>
    </message>
    <message>
        <source>Hidden states</source>
        <translation>隐藏状态</translation>
    </message>
    <message>
        <source>Hidden-state distillation</source>
        <translation>隐藏状态蒸馏</translation>
    </message>
    <message>
        <source>Hugging Face, dense</source>
        <translation>Hugging Face，稠密</translation>
    </message>
    <message>
        <source>Hugging Face, safetensors</source>
        <translation>Hugging Face, safetensors</translation>
    </message>
    <message>
        <source>Importance</source>
        <translation>重要性</translation>
    </message>
    <message>
        <source>Importance matrix</source>
        <translation>重要性矩阵</translation>
    </message>
    <message>
        <source>Importance matrix file</source>
        <translation>重要性矩阵文件</translation>
    </message>
    <message>
        <source>Incoming weights</source>
        <translation>输入权重</translation>
    </message>
    <message>
        <source>Initial range</source>
        <translation>初始范围</translation>
    </message>
    <message>
        <source>Initial λ₂ (penalty)</source>
        <translation>初始 λ₂（惩罚项）</translation>
    </message>
    <message>
        <source>Initialization</source>
        <translation>初始化</translation>
    </message>
    <message>
        <source>Input kurt., pooled</source>
        <translation>输入峰度，合并</translation>
    </message>
    <message>
        <source>Input kurt., token</source>
        <translation>输入峰度，token</translation>
    </message>
    <message>
        <source>Input kurtosis, pooled</source>
        <translation>输入峰度，合并</translation>
    </message>
    <message>
        <source>Input kurtosis, token</source>
        <translation>输入峰度，token</translation>
    </message>
    <message>
        <source>Inputs behind norms</source>
        <translation>归一化之后的输入</translation>
    </message>
    <message>
        <source>Integers, packed</source>
        <translation>打包整数</translation>
    </message>
    <message>
        <source>Intermediate size</source>
        <translation>中间维度</translation>
    </message>
    <message>
        <source>Iterations</source>
        <translation>迭代次数</translation>
    </message>
    <message>
        <source>Its size (Minitron)</source>
        <translation>其大小 (Minitron)</translation>
    </message>
    <message>
        <source>Jensen–Shannon</source>
        <translation>Jensen–Shannon</translation>
    </message>
    <message>
        <source>KL</source>
        <translation>KL</translation>
    </message>
    <message>
        <source>KL divergence</source>
        <translation>KL 散度</translation>
    </message>
    <message>
        <source>KL divergence of the model</source>
        <translation>模型的 KL 散度</translation>
    </message>
    <message>
        <source>Kappa</source>
        <translation>Kappa</translation>
    </message>
    <message>
        <source>Keep quantized weights</source>
        <translation>保留量化权重</translation>
    </message>
    <message>
        <source>Keep the adapters</source>
        <translation>保留适配器</translation>
    </message>
    <message>
        <source>Key/value cache</source>
        <translation>键/值缓存</translation>
    </message>
    <message>
        <source>Key/value heads</source>
        <translation>键/值头数</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>键</translation>
    </message>
    <message>
        <source>Kurtosis</source>
        <translation>峰度</translation>
    </message>
    <message>
        <source>Kurtosis while learning</source>
        <translation>学习过程中的峰度</translation>
    </message>
    <message>
        <source>Kurtosis, all tokens together</source>
        <translation>峰度（所有词元合并）</translation>
    </message>
    <message>
        <source>LR-QAT</source>
        <translation>LR-QAT</translation>
    </message>
    <message>
        <source>Lambda {0}</source>
        <translation>Lambda {0}</translation>
    </message>
    <message>
        <source>Largest singular vectors (PiSSA)</source>
        <translation>最大奇异向量 (PiSSA)</translation>
    </message>
    <message>
        <source>Largest singular vectors, approximate (PiSSA)</source>
        <translation>最大奇异向量，近似 (PiSSA)</translation>
    </message>
    <message>
        <source>Largest weight</source>
        <translation>最大权重</translation>
    </message>
    <message>
        <source>Largest weight is 6 or 4 (4-bit floats)</source>
        <translation>最大权重为 6 或 4（4 位浮点）</translation>
    </message>
    <message>
        <source>Largest weight, narrow range (±127)</source>
        <translation>最大权重，窄范围 (±127)</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Layer by layer</source>
        <translation>逐层</translation>
    </message>
    <message>
        <source>Layer mapping</source>
        <translation>层映射</translation>
    </message>
    <message>
        <source>Layer pairs</source>
        <translation>层配对</translation>
    </message>
    <message>
        <source>LayerNorm</source>
        <translation>LayerNorm</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Layers kept, by number</source>
        <translation>保留的层编号</translation>
    </message>
    <message>
        <source>Layers out</source>
        <translation>移除层</translation>
    </message>
    <message>
        <source>Layers out, QLoRA on top</source>
        <translation>移除层后加 QLoRA</translation>
    </message>
    <message>
        <source>Layers to ignore</source>
        <translation>忽略的层</translation>
    </message>
    <message>
        <source>Layers to remove</source>
        <translation>要移除的层数</translation>
    </message>
    <message>
        <source>Layers to remove, by number</source>
        <translation>要移除的层编号</translation>
    </message>
    <message>
        <source>Learn from</source>
        <translation>学习来源</translation>
    </message>
    <message>
        <source>Learn ranges</source>
        <translation>学习范围</translation>
    </message>
    <message>
        <source>Learn scales</source>
        <translation>学习缩放</translation>
    </message>
    <message>
        <source>Learned</source>
        <translation>学习得到</translation>
    </message>
    <message>
        <source>Learning</source>
        <translation>学习</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Learning rate of Lagrange multipliers</source>
        <translation>拉格朗日乘子的学习率</translation>
    </message>
    <message>
        <source>Learning rate of codes</source>
        <translation>编码的学习率</translation>
    </message>
    <message>
        <source>Learning rate of masks</source>
        <translation>掩码的学习率</translation>
    </message>
    <message>
        <source>Learning rate of ranges and scales</source>
        <translation>范围与缩放的学习率</translation>
    </message>
    <message>
        <source>Learning rate of scales</source>
        <translation>缩放的学习率</translation>
    </message>
    <message>
        <source>Learning rate of the fitting</source>
        <translation>拟合的学习率</translation>
    </message>
    <message>
        <source>Learning rate of weights</source>
        <translation>权重的学习率</translation>
    </message>
    <message>
        <source>Learning rate only</source>
        <translation>仅学习率</translation>
    </message>
    <message>
        <source>Learning rate ratio of B (LoRA+)</source>
        <translation>B 的学习率比 (LoRA+)</translation>
    </message>
    <message>
        <source>Learning rate schedule</source>
        <translation>学习率调度</translation>
    </message>
    <message>
        <source>GPTAQ alpha</source>
        <translation>GPTAQ alpha</translation>
    </message>
    <message>
        <source>Asymmetric calibration: each layer compensates for this share of the change in its inputs that quantizing the earlier layers has caused. The original model runs alongside, so calibration takes up to twice as long. 0 is GPTQ.</source>
        <translation>非对称校准：每一层按此比例补偿前面各层量化对其输入造成的变化。校准时原模型同时运行，耗时最多为两倍。0 即 GPTQ。</translation>
    </message>
    <message>
        <source>Least shrinkage of the output Hessian</source>
        <translation>输出 Hessian 的最小收缩</translation>
    </message>
    <message>
        <source>Least-squares update</source>
        <translation>最小二乘更新</translation>
    </message>
    <message>
        <source>Like the others</source>
        <translation>与其他相同</translation>
    </message>
    <message>
        <source>Linear to zero</source>
        <translation>线性降至零</translation>
    </message>
    <message>
        <source>Linears</source>
        <translation>线性层</translation>
    </message>
    <message>
        <source>Linformer</source>
        <translation>Linformer</translation>
    </message>
    <message>
        <source>Linformer, causal</source>
        <translation>Linformer（因果）</translation>
    </message>
    <message>
        <source>LoRA</source>
        <translation>LoRA</translation>
    </message>
    <message>
        <source>LoRA alpha</source>
        <translation>LoRA alpha</translation>
    </message>
    <message>
        <source>LoRA as recovery</source>
        <translation>用 LoRA 恢复</translation>
    </message>
    <message>
        <source>LoRA dropout</source>
        <translation>LoRA dropout</translation>
    </message>
    <message>
        <source>Loading it in a fresh process</source>
        <translation>在新进程中加载</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>加载模型</translation>
    </message>
    <message>
        <source>Loading the teacher</source>
        <translation>加载教师模型</translation>
    </message>
    <message>
        <source>Locked formats</source>
        <translation>锁定的格式</translation>
    </message>
    <message>
        <source>Logarithm</source>
        <translation>对数</translation>
    </message>
    <message>
        <source>Logit distillation</source>
        <translation>Logit 蒸馏</translation>
    </message>
    <message>
        <source>Longest sequence</source>
        <translation>最长序列</translation>
    </message>
    <message>
        <source>Looking for a stored result</source>
        <translation>查找已存储的结果</translation>
    </message>
    <message>
        <source>Loops</source>
        <translation>循环重复</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Loss against sparsity</source>
        <translation>损失与稀疏度</translation>
    </message>
    <message>
        <source>Loss by depth</source>
        <translation>损失与深度</translation>
    </message>
    <message>
        <source>Loss without a layer</source>
        <translation>去掉一层后的损失</translation>
    </message>
    <message>
        <source>Loss without them, one by one</source>
        <translation>逐个移除后的损失</translation>
    </message>
    <message>
        <source>Lottery ticket</source>
        <translation>彩票假设剪枝</translation>
    </message>
    <message>
        <source>Lottery tickets</source>
        <translation>彩票假设</translation>
    </message>
    <message>
        <source>Low rank</source>
        <translation>低秩</translation>
    </message>
    <message>
        <source>Low rank by SVD</source>
        <translation>SVD 低秩</translation>
    </message>
    <message>
        <source>Low-rank quantization-aware training</source>
        <translation>低秩量化感知训练</translation>
    </message>
    <message>
        <source>Low-rank term and scales</source>
        <translation>低秩项与缩放</translation>
    </message>
    <message>
        <source>MB for one head</source>
        <translation>单头 MB</translation>
    </message>
    <message>
        <source>MLP channels to remove, by number</source>
        <translation>要移除的 MLP 通道（按编号）</translation>
    </message>
    <message>
        <source>MXFP4 (groups of 32)</source>
        <translation>MXFP4（每组 32 个）</translation>
    </message>
    <message>
        <source>MXFP4 error</source>
        <translation>MXFP4 误差</translation>
    </message>
    <message>
        <source>Magnitude</source>
        <translation>幅值</translation>
    </message>
    <message>
        <source>Mask initialization</source>
        <translation>掩码初始化</translation>
    </message>
    <message>
        <source>Masked loss</source>
        <translation>掩码损失</translation>
    </message>
    <message>
        <source>Masks</source>
        <translation>掩码</translation>
    </message>
    <message>
        <source>Masks first</source>
        <translation>先学掩码</translation>
    </message>
    <message>
        <source>Max</source>
        <translation>Max</translation>
    </message>
    <message>
        <source>Maximum</source>
        <translation>最大值</translation>
    </message>
    <message>
        <source>Maximum gradient norm</source>
        <translation>最大梯度范数</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>均值</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>测量</translation>
    </message>
    <message>
        <source>Measure speed</source>
        <translation>测量速度</translation>
    </message>
    <message>
        <source>Measured on</source>
        <translation>测量文本</translation>
    </message>
    <message>
        <source>Measuring</source>
        <translation>测量</translation>
    </message>
    <message>
        <source>Measuring answer {0} of {1}</source>
        <translation>测量第 {0}/{1} 个回答</translation>
    </message>
    <message>
        <source>Measuring layer {0} of {1}</source>
        <translation>测量第 {0}/{1} 层</translation>
    </message>
    <message>
        <source>Measuring llama.cpp&apos;s speed in {0}</source>
        <translation>正在测量 llama.cpp 在 {0} 下的速度</translation>
    </message>
    <message>
        <source>Measuring plan {0} of {1}</source>
        <translation>正在测量方案 {0}/{1}</translation>
    </message>
    <message>
        <source>Measuring position {0} of {1}</source>
        <translation>测量第 {0}/{1} 个位置</translation>
    </message>
    <message>
        <source>Measuring round {0} of {1}</source>
        <translation>正在测量第 {0} 轮，共 {1} 轮</translation>
    </message>
    <message>
        <source>Measuring speed</source>
        <translation>测量速度</translation>
    </message>
    <message>
        <source>Measuring the original: answer {0} of {1}</source>
        <translation>测量原模型：第 {0}/{1} 个回答</translation>
    </message>
    <message>
        <source>Measuring the original: layer {0} of {1}</source>
        <translation>测量原模型：第 {0}/{1} 层</translation>
    </message>
    <message>
        <source>Measuring the original: position {0} of {1}</source>
        <translation>测量原模型：第 {0}/{1} 个位置</translation>
    </message>
    <message>
        <source>Measuring the original: window {0} of {1}</source>
        <translation>测量原模型：第 {0}/{1} 个窗口</translation>
    </message>
    <message>
        <source>Measuring the original: {0}</source>
        <translation>测量原模型： {0}</translation>
    </message>
    <message>
        <source>Measuring the plan</source>
        <translation>测量方案</translation>
    </message>
    <message>
        <source>Measuring the plan on held-out text</source>
        <translation>正在留出文本上测量方案</translation>
    </message>
    <message>
        <source>Measuring the source model</source>
        <translation>测量源模型</translation>
    </message>
    <message>
        <source>Measuring the uniform model on held-out text</source>
        <translation>正在留出文本上测量统一格式的模型</translation>
    </message>
    <message>
        <source>Measuring window {0} of {1}</source>
        <translation>测量第 {0}/{1} 个窗口</translation>
    </message>
    <message>
        <source>Measuring {0}</source>
        <translation>测量 {0}</translation>
    </message>
    <message>
        <source>Megabytes</source>
        <translation>兆字节</translation>
    </message>
    <message>
        <source>Merge them</source>
        <translation>合并</translation>
    </message>
    <message>
        <source>Merge them, in 16 bits</source>
        <translation>以 16 位合并</translation>
    </message>
    <message>
        <source>Merged into others</source>
        <translation>合并到其他专家</translation>
    </message>
    <message>
        <source>Merged rotations only</source>
        <translation>仅合并式旋转</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Micro-batch size</source>
        <translation>微批大小</translation>
    </message>
    <message>
        <source>Migration strength</source>
        <translation>迁移强度</translation>
    </message>
    <message>
        <source>Million parameters</source>
        <translation>百万参数</translation>
    </message>
    <message>
        <source>Milliseconds a sample</source>
        <translation>每样本毫秒数</translation>
    </message>
    <message>
        <source>Min</source>
        <translation>Min</translation>
    </message>
    <message>
        <source>Minimum</source>
        <translation>最小值</translation>
    </message>
    <message>
        <source>Minimum of the group (GGUF, container)</source>
        <translation>组内最小值（GGUF、容器）</translation>
    </message>
    <message>
        <source>Minimum rank</source>
        <translation>最小秩</translation>
    </message>
    <message>
        <source>Mixed precision</source>
        <translation>混合精度</translation>
    </message>
    <message>
        <source>Mixing rate</source>
        <translation>混合率</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>NF4 and FP4</source>
        <translation>NF4 与 FP4</translation>
    </message>
    <message>
        <source>NF4 error</source>
        <translation>NF4 误差</translation>
    </message>
    <message>
        <source>NF4, FP4 and integers</source>
        <translation>NF4、FP4 与整数</translation>
    </message>
    <message>
        <source>NVFP4 (groups of 16, and one scale fixed on a text)</source>
        <translation>NVFP4（每组 16 个，另有由文本确定的单一缩放）</translation>
    </message>
    <message>
        <source>NVFP4 error</source>
        <translation>NVFP4 误差</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Narrower</source>
        <translation>更窄</translation>
    </message>
    <message>
        <source>Narrower, taught, 4 bit</source>
        <translation>更窄、经蒸馏、4 位</translation>
    </message>
    <message>
        <source>Nearest</source>
        <translation>就近舍入</translation>
    </message>
    <message>
        <source>Next token of the text</source>
        <translation>文本的下一个 token</translation>
    </message>
    <message>
        <source>No</source>
        <translation>否</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>None: shares stay</source>
        <translation>无：比例不变</translation>
    </message>
    <message>
        <source>Norm</source>
        <translation>范数</translation>
    </message>
    <message>
        <source>NormalFloat (NF4)</source>
        <translation>NormalFloat (NF4)</translation>
    </message>
    <message>
        <source>Not at all: E and F for every head</source>
        <translation>不共用：每个头各有 E 与 F</translation>
    </message>
    <message>
        <source>Not quantized</source>
        <translation>不量化</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Number formats compared</source>
        <translation>数值格式对比</translation>
    </message>
    <message>
        <source>Numbers</source>
        <translation>数值</translation>
    </message>
    <message>
        <source>Objective</source>
        <translation>目标函数</translation>
    </message>
    <message>
        <source>Of each layer</source>
        <translation>每层</translation>
    </message>
    <message>
        <source>Of the original model</source>
        <translation>原始模型的</translation>
    </message>
    <message>
        <source>Of the source model</source>
        <translation>来源模型的</translation>
    </message>
    <message>
        <source>Of the source model, scaled to the size</source>
        <translation>来源模型的，按大小缩放</translation>
    </message>
    <message>
        <source>Of the whole model</source>
        <translation>整个模型</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>On-policy</source>
        <translation>On-policy</translation>
    </message>
    <message>
        <source>One R2 per layer</source>
        <translation>每层一个 R2</translation>
    </message>
    <message>
        <source>One bit, learned</source>
        <translation>一位，学习得到</translation>
    </message>
    <message>
        <source>One output</source>
        <translation>单个输出</translation>
    </message>
    <message>
        <source>One scale per</source>
        <translation>缩放粒度</translation>
    </message>
    <message>
        <source>One-shot pruning</source>
        <translation>一次性剪枝</translation>
    </message>
    <message>
        <source>OneBit</source>
        <translation>OneBit</translation>
    </message>
    <message>
        <source>Only the last</source>
        <translation>仅最后一层</translation>
    </message>
    <message>
        <source>Optimizer</source>
        <translation>优化器</translation>
    </message>
    <message>
        <source>Order of learning</source>
        <translation>学习顺序</translation>
    </message>
    <message>
        <source>Original model</source>
        <translation>原始模型</translation>
    </message>
    <message>
        <source>Orthogonal halves</source>
        <translation>正交对半</translation>
    </message>
    <message>
        <source>Orthogonality error</source>
        <translation>正交误差</translation>
    </message>
    <message>
        <source>Orthonormal basis of the weight (OLoRA)</source>
        <translation>权重的标准正交基 (OLoRA)</translation>
    </message>
    <message>
        <source>Other tensors stored as</source>
        <translation>其余张量存为</translation>
    </message>
    <message>
        <source>Output channel</source>
        <translation>输出通道</translation>
    </message>
    <message>
        <source>Output of the layer</source>
        <translation>层的输出</translation>
    </message>
    <message>
        <source>Output tensor</source>
        <translation>输出张量</translation>
    </message>
    <message>
        <source>PEFT adapter</source>
        <translation>PEFT 适配器</translation>
    </message>
    <message>
        <source>Parameter sharing</source>
        <translation>参数共享</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>Parameters removed</source>
        <translation>移除的参数</translation>
    </message>
    <message>
        <source>Pattern</source>
        <translation>模式</translation>
    </message>
    <message>
        <source>Peak device memory</source>
        <translation>设备内存峰值</translation>
    </message>
    <message>
        <source>Peak memory</source>
        <translation>内存峰值</translation>
    </message>
    <message>
        <source>Percentile</source>
        <translation>百分位数</translation>
    </message>
    <message>
        <source>Perplexity</source>
        <translation>困惑度</translation>
    </message>
    <message>
        <source>Pivoting factorization (PIFA)</source>
        <translation>主元分解 (PIFA)</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>Plan</source>
        <translation>方案</translation>
    </message>
    <message>
        <source>Pooled cosine</source>
        <translation>池化余弦</translation>
    </message>
    <message>
        <source>Predict speed</source>
        <translation>预测速度</translation>
    </message>
    <message>
        <source>Prefer</source>
        <translation>偏好</translation>
    </message>
    <message>
        <source>Prefill</source>
        <translation>预填充</translation>
    </message>
    <message>
        <source>Projected dimension by layer</source>
        <translation>各层投影维度</translation>
    </message>
    <message>
        <source>Projected dimension k</source>
        <translation>投影维度 k</translation>
    </message>
    <message>
        <source>Projected dimension of a segment</source>
        <translation>分段的投影维度</translation>
    </message>
    <message>
        <source>Projections only</source>
        <translation>仅投影</translation>
    </message>
    <message>
        <source>Prompt length</source>
        <translation>提示长度</translation>
    </message>
    <message>
        <source>Prompts or texts</source>
        <translation>提示或文本</translation>
    </message>
    <message>
        <source>Proportions</source>
        <translation>比例</translation>
    </message>
    <message>
        <source>Proposed for a budget</source>
        <translation>按预算建议</translation>
    </message>
    <message>
        <source>Prune the embedding</source>
        <translation>剪枝嵌入层</translation>
    </message>
    <message>
        <source>Prune the head</source>
        <translation>剪枝输出头</translation>
    </message>
    <message>
        <source>Pruned, healed with LoRA</source>
        <translation>剪枝后用 LoRA 恢复</translation>
    </message>
    <message>
        <source>Pruning</source>
        <translation>剪枝</translation>
    </message>
    <message>
        <source>Pruning layer {0} of {1}</source>
        <translation>剪枝第 {0}/{1} 层</translation>
    </message>
    <message>
        <source>Pruning rate of the head</source>
        <translation>输出头的剪枝率</translation>
    </message>
    <message>
        <source>Pruning scope</source>
        <translation>剪枝范围</translation>
    </message>
    <message>
        <source>Pruning {0}</source>
        <translation>剪枝 {0}</translation>
    </message>
    <message>
        <source>QLoRA</source>
        <translation>QLoRA</translation>
    </message>
    <message>
        <source>Quantization</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>Quantize embeddings</source>
        <translation>量化嵌入层</translation>
    </message>
    <message>
        <source>Quantize head</source>
        <translation>量化输出头</translation>
    </message>
    <message>
        <source>Quantizing layer {0} of {1}</source>
        <translation>量化第 {0}/{1} 层</translation>
    </message>
    <message>
        <source>Quantizing {0}</source>
        <translation>量化 {0}</translation>
    </message>
    <message>
        <source>Queries</source>
        <translation>查询</translation>
    </message>
    <message>
        <source>Queries, keys and values</source>
        <translation>查询、键与值</translation>
    </message>
    <message>
        <source>Quick</source>
        <translation>快速</translation>
    </message>
    <message>
        <source>R1: residual stream</source>
        <translation>R1：残差流</translation>
    </message>
    <message>
        <source>R2: values</source>
        <translation>R2：值</translation>
    </message>
    <message>
        <source>R3: queries and keys</source>
        <translation>R3：查询与键</translation>
    </message>
    <message>
        <source>R4: MLP</source>
        <translation>R4：MLP</translation>
    </message>
    <message>
        <source>REAP (router weight × output)</source>
        <translation>REAP（路由权重 × 输出）</translation>
    </message>
    <message>
        <source>Random (JL)</source>
        <translation>随机 (JL)</translation>
    </message>
    <message>
        <source>Random Hadamard</source>
        <translation>随机 Hadamard</translation>
    </message>
    <message>
        <source>Random orthogonal</source>
        <translation>随机正交</translation>
    </message>
    <message>
        <source>Random, B zero (Gaussian)</source>
        <translation>随机，B 为零（高斯）</translation>
    </message>
    <message>
        <source>Random, B zero (Kaiming uniform)</source>
        <translation>随机，B 为零（Kaiming 均匀）</translation>
    </message>
    <message>
        <source>Random, from a config</source>
        <translation>随机，来自配置</translation>
    </message>
    <message>
        <source>Ranges at 3 bits</source>
        <translation>3 位时的范围</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>Rank allocation</source>
        <translation>秩分配</translation>
    </message>
    <message>
        <source>Rank multiple</source>
        <translation>秩的倍数</translation>
    </message>
    <message>
        <source>Rank of the update</source>
        <translation>更新的秩</translation>
    </message>
    <message>
        <source>Rank r</source>
        <translation>秩 r</translation>
    </message>
    <message>
        <source>Rank-stabilized (rsLoRA)</source>
        <translation>秩稳定 (rsLoRA)</translation>
    </message>
    <message>
        <source>Ranks</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>Ranks of some layers</source>
        <translation>部分层的秩</translation>
    </message>
    <message>
        <source>Ratio</source>
        <translation>比值</translation>
    </message>
    <message>
        <source>Ratios tried</source>
        <translation>尝试的比值</translation>
    </message>
    <message>
        <source>Read a file</source>
        <translation>读取文件</translation>
    </message>
    <message>
        <source>Reading the text</source>
        <translation>读取文本</translation>
    </message>
    <message>
        <source>Recovery</source>
        <translation>恢复训练</translation>
    </message>
    <message>
        <source>Reference loss of each domain</source>
        <translation>各领域的参考损失</translation>
    </message>
    <message>
        <source>Reference losses</source>
        <translation>参考损失</translation>
    </message>
    <message>
        <source>Refine</source>
        <translation>精修</translation>
    </message>
    <message>
        <source>Refine after rounding</source>
        <translation>舍入后精修</translation>
    </message>
    <message>
        <source>Rel. error</source>
        <translation>相对误差</translation>
    </message>
    <message>
        <source>Relation heads</source>
        <translation>关系头数</translation>
    </message>
    <message>
        <source>Relations</source>
        <translation>关系</translation>
    </message>
    <message>
        <source>Relative error</source>
        <translation>相对误差</translation>
    </message>
    <message>
        <source>Relative importance × input (RIA)</source>
        <translation>相对重要性 × 输入 (RIA)</translation>
    </message>
    <message>
        <source>Remaining weights</source>
        <translation>剩余权重</translation>
    </message>
    <message>
        <source>Remove experts</source>
        <translation>移除专家</translation>
    </message>
    <message>
        <source>Remove heads and channels</source>
        <translation>移除注意力头和通道</translation>
    </message>
    <message>
        <source>Remove layers</source>
        <translation>移除层</translation>
    </message>
    <message>
        <source>Removed experts</source>
        <translation>移除的专家</translation>
    </message>
    <message>
        <source>Repeats</source>
        <translation>重复次数</translation>
    </message>
    <message>
        <source>Residual stream</source>
        <translation>残差流</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Result of a compression</source>
        <translation>压缩结果</translation>
    </message>
    <message>
        <source>Reverse KL</source>
        <translation>反向 KL</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>修订版</translation>
    </message>
    <message>
        <source>Rewind step</source>
        <translation>回退步</translation>
    </message>
    <message>
        <source>Rewind to</source>
        <translation>回退到</translation>
    </message>
    <message>
        <source>Rewinding</source>
        <translation>回退</translation>
    </message>
    <message>
        <source>Rotate within groups</source>
        <translation>组内旋转</translation>
    </message>
    <message>
        <source>Rotation</source>
        <translation>旋转</translation>
    </message>
    <message>
        <source>Rotations</source>
        <translation>旋转</translation>
    </message>
    <message>
        <source>Rotations compared</source>
        <translation>旋转对比</translation>
    </message>
    <message>
        <source>Round to nearest</source>
        <translation>就近舍入</translation>
    </message>
    <message>
        <source>Round {0}</source>
        <translation>第 {0} 轮</translation>
    </message>
    <message>
        <source>Round {0} trial {1}, new weights</source>
        <translation>第 {0} 轮第 {1} 次尝试，新权重</translation>
    </message>
    <message>
        <source>Round {0} trial {1}, random mask</source>
        <translation>第 {0} 轮第 {1} 次尝试，随机掩码</translation>
    </message>
    <message>
        <source>Rounding</source>
        <translation>舍入</translation>
    </message>
    <message>
        <source>Rounds</source>
        <translation>轮数</translation>
    </message>
    <message>
        <source>Routing frequency</source>
        <translation>路由频率</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>SGD with momentum</source>
        <translation>带动量的 SGD</translation>
    </message>
    <message>
        <source>SQNR</source>
        <translation>SQNR</translation>
    </message>
    <message>
        <source>SQNR (dB)</source>
        <translation>SQNR (dB)</translation>
    </message>
    <message>
        <source>SVD</source>
        <translation>SVD</translation>
    </message>
    <message>
        <source>Same share everywhere</source>
        <translation>各处比例相同</translation>
    </message>
    <message>
        <source>Sample, 4 bit</source>
        <translation>示例，4 位</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>样本数</translation>
    </message>
    <message>
        <source>Samples for GPTQ</source>
        <translation>GPTQ 的样本数</translation>
    </message>
    <message>
        <source>Samples for the loss</source>
        <translation>计算损失的样本数</translation>
    </message>
    <message>
        <source>Samples of the backward pass</source>
        <translation>反向传播的样本数</translation>
    </message>
    <message>
        <source>Save the importance matrix as</source>
        <translation>重要性矩阵另存为</translation>
    </message>
    <message>
        <source>Scale dtype</source>
        <translation>缩放 dtype</translation>
    </message>
    <message>
        <source>Scales and codes</source>
        <translation>缩放与编码</translation>
    </message>
    <message>
        <source>Scales and minima</source>
        <translation>缩放与最小值</translation>
    </message>
    <message>
        <source>Scales learned as</source>
        <translation>缩放的学习形式</translation>
    </message>
    <message>
        <source>Scales only</source>
        <translation>仅缩放</translation>
    </message>
    <message>
        <source>Scales with ranges</source>
        <translation>缩放与范围</translation>
    </message>
    <message>
        <source>Scaling exponent</source>
        <translation>缩放指数</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>评分</translation>
    </message>
    <message>
        <source>Search for the smallest error</source>
        <translation>搜索最小误差</translation>
    </message>
    <message>
        <source>Search ranges</source>
        <translation>搜索范围</translation>
    </message>
    <message>
        <source>Search steps</source>
        <translation>搜索步数</translation>
    </message>
    <message>
        <source>Search with an importance matrix (input energy)</source>
        <translation>用重要性矩阵搜索（输入能量）</translation>
    </message>
    <message>
        <source>Search {0}, dense</source>
        <translation>第 {0} 次搜索，稠密</translation>
    </message>
    <message>
        <source>Search {0}, round {1}</source>
        <translation>第 {0} 次搜索，第 {1} 轮</translation>
    </message>
    <message>
        <source>Search {0}, round {1} trial {2}, new weights</source>
        <translation>第 {0} 次搜索，第 {1} 轮第 {2} 次尝试，新权重</translation>
    </message>
    <message>
        <source>Search {0}, round {1} trial {2}, random mask</source>
        <translation>第 {0} 次搜索，第 {1} 轮第 {2} 次尝试，随机掩码</translation>
    </message>
    <message>
        <source>Second factor</source>
        <translation>第二个因子</translation>
    </message>
    <message>
        <source>Second order (SparseGPT)</source>
        <translation>二阶 (SparseGPT)</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Seed of the texts</source>
        <translation>文本种子</translation>
    </message>
    <message>
        <source>Segment length</source>
        <translation>分段长度</translation>
    </message>
    <message>
        <source>Segment means</source>
        <translation>分段均值</translation>
    </message>
    <message>
        <source>Sequence length</source>
        <translation>序列长度</translation>
    </message>
    <message>
        <source>Sequence-level distillation</source>
        <translation>序列级蒸馏</translation>
    </message>
    <message>
        <source>Shallower</source>
        <translation>更浅</translation>
    </message>
    <message>
        <source>Share of experts to remove</source>
        <translation>移除专家的比例</translation>
    </message>
    <message>
        <source>Sheared LLaMA</source>
        <translation>Sheared LLaMA</translation>
    </message>
    <message>
        <source>Sheared, taught, rotated, quantized</source>
        <translation>剪裁、蒸馏、旋转、量化</translation>
    </message>
    <message>
        <source>Short and long answers</source>
        <translation>短回答与长回答</translation>
    </message>
    <message>
        <source>Short answers</source>
        <translation>短回答</translation>
    </message>
    <message>
        <source>Singular values</source>
        <translation>奇异值</translation>
    </message>
    <message>
        <source>Singular values of the update</source>
        <translation>更新的奇异值</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Size of the tensors</source>
        <translation>张量大小</translation>
    </message>
    <message>
        <source>Size on disk</source>
        <translation>磁盘占用</translation>
    </message>
    <message>
        <source>Size only</source>
        <translation>仅大小</translation>
    </message>
    <message>
        <source>Skew</source>
        <translation>偏斜</translation>
    </message>
    <message>
        <source>Skewed forward KL</source>
        <translation>偏斜前向 KL</translation>
    </message>
    <message>
        <source>Skewed reverse KL</source>
        <translation>偏斜反向 KL</translation>
    </message>
    <message>
        <source>Smooth</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>SmoothQuant</source>
        <translation>SmoothQuant</translation>
    </message>
    <message>
        <source>SmoothQuant: 8-bit weights and activations</source>
        <translation>SmoothQuant：8 位权重与激活</translation>
    </message>
    <message>
        <source>Solve codes first</source>
        <translation>先求解编码</translation>
    </message>
    <message>
        <source>Sparsity</source>
        <translation>稀疏度</translation>
    </message>
    <message>
        <source>Sparsity of some layers</source>
        <translation>部分层的稀疏度</translation>
    </message>
    <message>
        <source>SpinQuant</source>
        <translation>SpinQuant</translation>
    </message>
    <message>
        <source>Spread by error</source>
        <translation>按误差分配</translation>
    </message>
    <message>
        <source>Squared difference (L2)</source>
        <translation>平方差 (L2)</translation>
    </message>
    <message>
        <source>Standard deviation</source>
        <translation>标准差</translation>
    </message>
    <message>
        <source>Std</source>
        <translation>标准差</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Stored as</source>
        <translation>存储格式</translation>
    </message>
    <message>
        <source>Stored numbers</source>
        <translation>存储的数值</translation>
    </message>
    <message>
        <source>Storing layer {0} of {1}</source>
        <translation>存储第 {0}/{1} 层</translation>
    </message>
    <message>
        <source>Storing the result</source>
        <translation>存储结果</translation>
    </message>
    <message>
        <source>Storing {0}</source>
        <translation>存储 {0}</translation>
    </message>
    <message>
        <source>Student</source>
        <translation>学生模型</translation>
    </message>
    <message>
        <source>Symmetric</source>
        <translation>对称</translation>
    </message>
    <message>
        <source>Symmetric KL</source>
        <translation>对称 KL</translation>
    </message>
    <message>
        <source>Symmetric activations</source>
        <translation>对称激活</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>目标</translation>
    </message>
    <message>
        <source>Target modules</source>
        <translation>目标模块</translation>
    </message>
    <message>
        <source>Target shape</source>
        <translation>目标形状</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Tensor types</source>
        <translation>张量类型</translation>
    </message>
    <message>
        <source>Tensors</source>
        <translation>张量</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Texts</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Texts to generate</source>
        <translation>要生成的文本数</translation>
    </message>
    <message>
        <source>The 16-bit model (KL divergence)</source>
        <translation>16 位模型（KL 散度）</translation>
    </message>
    <message>
        <source>The best: attention, or segments in decoders</source>
        <translation>最佳：注意力，解码器则为分段</translation>
    </message>
    <message>
        <source>The incoming model</source>
        <translation>输入模型</translation>
    </message>
    <message>
        <source>The layer</source>
        <translation>整层</translation>
    </message>
    <message>
        <source>The original&apos;s outputs</source>
        <translation>原始模型的输出</translation>
    </message>
    <message>
        <source>The outputs (whitened, SVD-LLM)</source>
        <translation>输出（白化，SVD-LLM）</translation>
    </message>
    <message>
        <source>The outputs, by their gradients (whitened, Fisher)</source>
        <translation>输出，按其梯度加权（白化，Fisher）</translation>
    </message>
    <message>
        <source>The same in all layers</source>
        <translation>各层相同</translation>
    </message>
    <message>
        <source>The shape of a config</source>
        <translation>配置中的形状</translation>
    </message>
    <message>
        <source>The teacher writes them</source>
        <translation>由教师模型生成</translation>
    </message>
    <message>
        <source>The teacher writes: {0} of {1} texts</source>
        <translation>教师模型生成：{0}/{1} 篇文本</translation>
    </message>
    <message>
        <source>The text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>The text (cross-entropy, as published)</source>
        <translation>文本（交叉熵，与论文一致）</translation>
    </message>
    <message>
        <source>The weights (plain SVD)</source>
        <translation>权重（普通 SVD）</translation>
    </message>
    <message>
        <source>Also trains the weights of the model&apos;s norms. They are stored in their original data type, so the file keeps its size.</source>
        <translation>模型各归一化层的权重也参与训练。它们仍以原来的数据类型存储，因此文件大小不变。</translation>
    </message>
    <message>
        <source>The whole model</source>
        <translation>整个模型</translation>
    </message>
    <message>
        <source>This program&apos;s container</source>
        <translation>本程序的容器</translation>
    </message>
    <message>
        <source>Tied embeddings</source>
        <translation>共享嵌入</translation>
    </message>
    <message>
        <source>Time limit</source>
        <translation>时间限制</translation>
    </message>
    <message>
        <source>Together</source>
        <translation>一起</translation>
    </message>
    <message>
        <source>Token embedding</source>
        <translation>Token 嵌入</translation>
    </message>
    <message>
        <source>Token flips</source>
        <translation>Token 翻转</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Tokens per expert</source>
        <translation>每个专家的词元数</translation>
    </message>
    <message>
        <source>Tokens per second</source>
        <translation>每秒 token 数</translation>
    </message>
    <message>
        <source>Top-1</source>
        <translation>Top-1</translation>
    </message>
    <message>
        <source>Top-1 agreement</source>
        <translation>Top-1 一致率</translation>
    </message>
    <message>
        <source>Total variation</source>
        <translation>总变差</translation>
    </message>
    <message>
        <source>Toward the original&apos;s outputs</source>
        <translation>朝向原始模型的输出</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练对象</translation>
    </message>
    <message>
        <source>Train controls</source>
        <translation>训练对照</translation>
    </message>
    <message>
        <source>Train embeddings</source>
        <translation>训练嵌入层</translation>
    </message>
    <message>
        <source>Train norms</source>
        <translation>训练归一化层</translation>
    </message>
    <message>
        <source>Train the weights too</source>
        <translation>同时训练权重</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Training data</source>
        <translation>训练数据</translation>
    </message>
    <message>
        <source>Training from scratch</source>
        <translation>从零训练</translation>
    </message>
    <message>
        <source>Trials</source>
        <translation>尝试次数</translation>
    </message>
    <message>
        <source>Trying without layer {0}</source>
        <translation>尝试去掉第 {0} 层</translation>
    </message>
    <message>
        <source>Trying {0} of {1} experts</source>
        <translation>正在尝试 {0}/{1} 个专家</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Unstructured</source>
        <translation>非结构化</translation>
    </message>
    <message>
        <source>Use of the codes</source>
        <translation>编码使用率</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>值</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>值</translation>
    </message>
    <message>
        <source>Variant</source>
        <translation>变体</translation>
    </message>
    <message>
        <source>Verifying</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>Verifying answer {0} of {1}</source>
        <translation>验证第 {0}/{1} 个回答</translation>
    </message>
    <message>
        <source>Verifying layer {0} of {1}</source>
        <translation>验证第 {0}/{1} 层</translation>
    </message>
    <message>
        <source>Verifying position {0} of {1}</source>
        <translation>验证第 {0}/{1} 个位置</translation>
    </message>
    <message>
        <source>Verifying window {0} of {1}</source>
        <translation>验证第 {0}/{1} 个窗口</translation>
    </message>
    <message>
        <source>Verifying {0}</source>
        <translation>验证 {0}</translation>
    </message>
    <message>
        <source>Vocabulary</source>
        <translation>词表</translation>
    </message>
    <message>
        <source>Warm-up</source>
        <translation>预热</translation>
    </message>
    <message>
        <source>Warm-up of the target</source>
        <translation>目标预热</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Weight decomposition (DoRA)</source>
        <translation>权重分解 (DoRA)</translation>
    </message>
    <message>
        <source>Weight of attention maps</source>
        <translation>注意力图的权重</translation>
    </message>
    <message>
        <source>Weight of hidden states</source>
        <translation>隐藏状态的权重</translation>
    </message>
    <message>
        <source>Weight of relations</source>
        <translation>关系的权重</translation>
    </message>
    <message>
        <source>Weight of the KL divergence</source>
        <translation>KL 散度的权重</translation>
    </message>
    <message>
        <source>Weight of the cross-entropy</source>
        <translation>交叉熵的权重</translation>
    </message>
    <message>
        <source>Weight quantization</source>
        <translation>权重量化</translation>
    </message>
    <message>
        <source>Weight × input (Wanda)</source>
        <translation>权重 × 输入 (Wanda)</translation>
    </message>
    <message>
        <source>Weights scaled by activations (ASVD)</source>
        <translation>按激活缩放的权重 (ASVD)</translation>
    </message>
    <message>
        <source>What is learned</source>
        <translation>学习内容</translation>
    </message>
    <message>
        <source>What it adds</source>
        <translation>其贡献</translation>
    </message>
    <message>
        <source>Whole numbers</source>
        <translation>整数</translation>
    </message>
    <message>
        <source>Whole tensor</source>
        <translation>整个张量</translation>
    </message>
    <message>
        <source>Width pruning</source>
        <translation>宽度剪枝</translation>
    </message>
    <message>
        <source>Window size</source>
        <translation>窗口大小</translation>
    </message>
    <message>
        <source>Windows</source>
        <translation>窗口数</translation>
    </message>
    <message>
        <source>With online transforms</source>
        <translation>含在线变换</translation>
    </message>
    <message>
        <source>Working</source>
        <translation>处理中</translation>
    </message>
    <message>
        <source>Working on layer {0} of {1}</source>
        <translation>处理第 {0}/{1} 层</translation>
    </message>
    <message>
        <source>Working on {0}</source>
        <translation>处理 {0}</translation>
    </message>
    <message>
        <source>Writing layer {0} of {1}</source>
        <translation>写入第 {0}/{1} 层</translation>
    </message>
    <message>
        <source>Writing the description of the result</source>
        <translation>写入结果描述</translation>
    </message>
    <message>
        <source>Writing the report</source>
        <translation>写入报告</translation>
    </message>
    <message>
        <source>Writing {0}</source>
        <translation>写入 {0}</translation>
    </message>
    <message>
        <source>Zero points</source>
        <translation>零点</translation>
    </message>
    <message>
        <source>after</source>
        <translation>之后</translation>
    </message>
    <message>
        <source>all zero</source>
        <translation>全为零</translation>
    </message>
    <message>
        <source>attention</source>
        <translation>注意力</translation>
    </message>
    <message>
        <source>before</source>
        <translation>之前</translation>
    </message>
    <message>
        <source>before layer</source>
        <translation>在此层之前</translation>
    </message>
    <message>
        <source>better</source>
        <translation>更好</translation>
    </message>
    <message>
        <source>between layers</source>
        <translation>层间</translation>
    </message>
    <message>
        <source>bits</source>
        <translation>位</translation>
    </message>
    <message>
        <source>bitsandbytes</source>
        <translation>bitsandbytes</translation>
    </message>
    <message>
        <source>both collapsed</source>
        <translation>两者均崩溃</translation>
    </message>
    <message>
        <source>broken</source>
        <translation>损坏</translation>
    </message>
    <message>
        <source>chosen</source>
        <translation>所选</translation>
    </message>
    <message>
        <source>collapsed</source>
        <translation>崩溃</translation>
    </message>
    <message>
        <source>compressed-tensors</source>
        <translation>compressed-tensors</translation>
    </message>
    <message>
        <source>constraint</source>
        <translation>约束</translation>
    </message>
    <message>
        <source>cross entropy</source>
        <translation>交叉熵</translation>
    </message>
    <message>
        <source>dense</source>
        <translation>稠密</translation>
    </message>
    <message>
        <source>divergence</source>
        <translation>散度</translation>
    </message>
    <message>
        <source>down input</source>
        <translation>down 输入</translation>
    </message>
    <message>
        <source>down of experts</source>
        <translation>专家的 down</translation>
    </message>
    <message>
        <source>effective rank</source>
        <translation>有效秩</translation>
    </message>
    <message>
        <source>eval</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>evaluations</source>
        <translation>次评估</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>精确</translation>
    </message>
    <message>
        <source>exact, causal</source>
        <translation>精确，因果</translation>
    </message>
    <message>
        <source>exact, written out</source>
        <translation>精确，完整展开</translation>
    </message>
    <message>
        <source>expert</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>experts</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>gate, up of experts</source>
        <translation>专家的 gate、up</translation>
    </message>
    <message>
        <source>heads</source>
        <translation>注意力头</translation>
    </message>
    <message>
        <source>heavy tails</source>
        <translation>重尾</translation>
    </message>
    <message>
        <source>hidden</source>
        <translation>隐藏维度</translation>
    </message>
    <message>
        <source>higher</source>
        <translation>更高</translation>
    </message>
    <message>
        <source>influence</source>
        <translation>影响度</translation>
    </message>
    <message>
        <source>inner</source>
        <translation>中间维度</translation>
    </message>
    <message>
        <source>int4 error</source>
        <translation>int4 误差</translation>
    </message>
    <message>
        <source>kv heads</source>
        <translation>键/值头</translation>
    </message>
    <message>
        <source>layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>layer {0}</source>
        <translation>第 {0} 层</translation>
    </message>
    <message>
        <source>layer {0}, rank {1}</source>
        <translation>第 {0} 层，秩 {1}</translation>
    </message>
    <message>
        <source>layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>left collapsed</source>
        <translation>左侧崩溃</translation>
    </message>
    <message>
        <source>llama.cpp, Ollama, LM Studio (GGUF)</source>
        <translation>llama.cpp, Ollama, LM Studio (GGUF)</translation>
    </message>
    <message>
        <source>loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>low</source>
        <translation>偏低</translation>
    </message>
    <message>
        <source>lower</source>
        <translation>更低</translation>
    </message>
    <message>
        <source>lowest loss (nats)</source>
        <translation>最低损失 (nats)</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>平均</translation>
    </message>
    <message>
        <source>minutes</source>
        <translation>分钟</translation>
    </message>
    <message>
        <source>more than {0} left</source>
        <translation>剩余超过 {0}</translation>
    </message>
    <message>
        <source>ms for one head</source>
        <translation>单头 ms</translation>
    </message>
    <message>
        <source>nats</source>
        <translation>nats</translation>
    </message>
    <message>
        <source>new weights</source>
        <translation>新权重</translation>
    </message>
    <message>
        <source>new weights {0}</source>
        <translation>新权重 {0}</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
    <message>
        <source>not measured in both</source>
        <translation>并非两者都已测量</translation>
    </message>
    <message>
        <source>now</source>
        <translation>当前</translation>
    </message>
    <message>
        <source>number</source>
        <translation>序号</translation>
    </message>
    <message>
        <source>o input</source>
        <translation>o 输入</translation>
    </message>
    <message>
        <source>outliers</source>
        <translation>离群值</translation>
    </message>
    <message>
        <source>place</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>poor</source>
        <translation>较差</translation>
    </message>
    <message>
        <source>q, k, v input</source>
        <translation>q、k、v 输入</translation>
    </message>
    <message>
        <source>random mask</source>
        <translation>随机掩码</translation>
    </message>
    <message>
        <source>random mask {0}</source>
        <translation>随机掩码 {0}</translation>
    </message>
    <message>
        <source>rank</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>relations</source>
        <translation>关系</translation>
    </message>
    <message>
        <source>rounds</source>
        <translation>轮</translation>
    </message>
    <message>
        <source>same</source>
        <translation>相同</translation>
    </message>
    <message>
        <source>samples</source>
        <translation>个样本</translation>
    </message>
    <message>
        <source>search {0}, dense</source>
        <translation>第 {0} 次搜索，稠密</translation>
    </message>
    <message>
        <source>search {0}, new weights {1}</source>
        <translation>第 {0} 次搜索，新权重 {1}</translation>
    </message>
    <message>
        <source>search {0}, random mask {1}</source>
        <translation>第 {0} 次搜索，随机掩码 {1}</translation>
    </message>
    <message>
        <source>search {0}, ticket {1}</source>
        <translation>第 {0} 次搜索，彩票 {1}</translation>
    </message>
    <message>
        <source>share of the energy</source>
        <translation>能量占比</translation>
    </message>
    <message>
        <source>share of the largest</source>
        <translation>相对最大值</translation>
    </message>
    <message>
        <source>singular value</source>
        <translation>奇异值</translation>
    </message>
    <message>
        <source>slots</source>
        <translation>个槽</translation>
    </message>
    <message>
        <source>step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>step {0} of {1}</source>
        <translation>第 {0}/{1} 步</translation>
    </message>
    <message>
        <source>steps</source>
        <translation>步</translation>
    </message>
    <message>
        <source>target</source>
        <translation>目标</translation>
    </message>
    <message>
        <source>ticket</source>
        <translation>彩票</translation>
    </message>
    <message>
        <source>ticket {0}</source>
        <translation>彩票 {0}</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>个 token</translation>
    </message>
    <message>
        <source>tokens/s</source>
        <translation>token/秒</translation>
    </message>
    <message>
        <source>train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>uncertain</source>
        <translation>不确定</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>vLLM, transformers (compressed-tensors)</source>
        <translation>vLLM, transformers (compressed-tensors)</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>weights of the pruned layers that remain (%)</source>
        <translation>被剪枝层的剩余权重 (%)</translation>
    </message>
    <message>
        <source>worse</source>
        <translation>更差</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>{0} left</source>
        <translation>剩余 {0}</translation>
    </message>
    <message>
        <source>{0} slots</source>
        <translation>{0} 个槽</translation>
    </message>
    <message>
        <source>{0} slots per {1} tokens</source>
        <translation>每 {1} 个词元 {0} 个槽</translation>
    </message>
    <message>
        <source>α / r</source>
        <translation>α / r</translation>
    </message>
    <message>
        <source>2-bit integers by rounding to nearest, by LR-QAT, which learns scales and a low-rank term that merges into the integers, and by full quantization-aware training, which learns every weight.</source>
        <translation>2 位整数：就近舍入；LR-QAT，学习缩放和可并入整数的低秩项；以及完整的量化感知训练，学习每个权重。</translation>
    </message>
    <message>
        <source>2-bit integers in groups of 32 and adapters that learn to make up for the rounding: kept beside the integers, or merged into the weights that these came from, whichever measures better.</source>
        <translation>每组 32 个的 2 位整数，加上学习弥补舍入误差的适配器：保留在整数旁，或合并到原始权重中，取测量结果更好者。</translation>
    </message>
    <message>
        <source>3-bit integers by rounding to nearest and by AWQ, which scales up the weights that meet large activations and lets norms and neighboring layers take the scales back.</source>
        <translation>3 位整数：就近舍入与 AWQ。AWQ 放大与大激活相乘的权重，再由归一化层和相邻层抵消这些缩放。</translation>
    </message>
    <message>
        <source>3-bit integers by rounding to nearest and by GPTQ, which calibrates on a text and lets later weights make up for the errors of earlier ones.</source>
        <translation>3 位整数：就近舍入与 GPTQ。GPTQ 在文本上校准，让后面的权重弥补前面权重的误差。</translation>
    </message>
    <message>
        <source>3-bit integers rounded to nearest, then made better in the same format and bytes: codes by GPTQ, then scales and norms trained, or codes as well. On the sample the divergence from the original goes down by two thirds.</source>
        <translation>就近舍入的 3 位整数，再以相同格式和字节数改进：先由 GPTQ 求解编码，再训练缩放和归一化权重，或连同编码一起训练。在示例模型上，与原始模型的散度降低三分之二。</translation>
    </message>
    <message>
        <source>3-bit integers without data: rounded in whole ranges, in the range with the smallest error, and with zero points that half-quadratic quantization has optimized.</source>
        <translation>无需数据的 3 位整数：在完整范围内舍入、在误差最小的范围内舍入，以及使用半二次量化优化的零点。</translation>
    </message>
    <message>
        <source>4-bit floats by blocks, as bitsandbytes stores them: needs no data, and transformers loads the export.</source>
        <translation>按块的 4 位浮点，与 bitsandbytes 的存储方式相同：无需数据，导出结果可由 transformers 加载。</translation>
    </message>
    <message>
        <source>4-bit integers as AutoAWQ stores them (gemm), which many servers take, whatever method chose them.</source>
        <translation>AutoAWQ 存储格式 (gemm) 的 4 位整数，无论由何种方法得到，许多推理服务都支持。</translation>
    </message>
    <message>
        <source>4-bit weights, activations and cache without a rotation, with random Hadamard rotations and with learned ones: perplexity and kurtosis side by side.</source>
        <translation>4 位权重、激活与缓存：无旋转、随机 Hadamard 旋转和学习得到的旋转，并列比较困惑度与峰度。</translation>
    </message>
    <message>
        <source>8-bit weights and activations. First moves the outliers of activations into the weights; norms and neighboring layers absorb the inverse scales. Calibrated on a text.</source>
        <translation>8 位权重与激活：先把激活的离群值转移到权重中（以归一化层和相邻层可吸收为限）；在文本上校准。</translation>
    </message>
    <message>
        <source>A 2-bit model gets its scales trained, and a student of half the layers all its weights, to find likely what the original finds likely.</source>
        <translation>2 位模型训练其缩放，层数减半的学生模型训练全部权重，使其概率分布接近原始模型。</translation>
    </message>
    <message>
        <source>A quarter of the layers is taken out; fine-tuning brings back what was lost. It draws from three domains, and gives those more samples whose loss is furthest above that of the original.</source>
        <translation>移除四分之一的层，再通过微调恢复损失。训练数据来自三个领域，损失高出原始模型最多的领域获得更多样本。</translation>
    </message>
    <message>
        <source>A small decoder is trained from scratch. Then four of five weights go, in three rounds or at once, and the others are rewound to their initial values and trained again, beside the same mask with new weights and a random mask.</source>
        <translation>从零训练一个小型解码器，然后分三轮或一次性去掉五分之四的权重，其余权重回退到初始值重新训练；并与使用新权重的同一掩码以及随机掩码对比。</translation>
    </message>
    <message>
        <source>A small decoder with the tokenizer of the sample is trained from random weights, with and without dropout. The weights of the start and of step 20 are kept beside the result, so that lottery tickets can rewind to them.</source>
        <translation>使用示例分词器的小型解码器从随机权重开始训练，分别使用和不使用 dropout。起始权重和第 20 步的权重与结果一同保留，供彩票假设剪枝回退。</translation>
    </message>
    <message>
        <source>A small mixture of experts is trained on the sample. A quarter of the experts of every layer go: those that add least (REAP), that are chosen least, or any; dropped, or merged into others. What REAP leaves is rounded to 4 bits.</source>
        <translation>在示例上训练一个小型混合专家模型，然后移除每层四分之一的专家：贡献最小的 (REAP)、最少被选中的或随机的；直接丢弃或合并到其他专家。REAP 的结果再舍入到 4 位。</translation>
    </message>
    <message>
        <source>Learned masks find a smaller shape, the remaining model is distilled from the original, and rotations limit the loss of 4-bit weights, activations and cache.</source>
        <translation>通过学习剪裁内容得到更小的形状，由原始模型蒸馏剩余部分，再用旋转使 4 位权重、激活与缓存可用。</translation>
    </message>
    <message>
        <source>A student of half the layers is trained so that its hidden states are like the original&apos;s, by what it predicts, and by both.</source>
        <translation>训练层数减半的学生模型：使其隐藏状态接近原始模型、使其预测接近，或两者兼顾。</translation>
    </message>
    <message>
        <source>Completed segments of 64 tokens are attended through 16 slots, or through 4; projections alone are fitted, then the model recovers on what the original says. For decoders this is an extension of the paper.</source>
        <translation>已完成的 64 token 分段通过 16 个或 4 个槽参与注意力；先仅拟合投影，再根据原始模型的输出恢复。用于解码器时，这是对论文的扩展。</translation>
    </message>
    <message>
        <source>Removes the heads, intermediate and hidden dimensions that are least important on a text, down to a target shape. No training; the result is a narrower stock model, which recovers with fine-tuning or distillation.</source>
        <translation>剪除在文本上作用最小的注意力头、中间维和隐藏维，直到目标形状。无需训练；结果是更窄的标准模型，可通过微调或蒸馏恢复。</translation>
    </message>
    <message>
        <source>Each weight becomes a sign, each layer gets two value vectors, and the model is distilled from its original: about one bit per weight.</source>
        <translation>每个权重只保留符号，每层保留两个向量，模型向原始模型学习适应：约每权重一位。</translation>
    </message>
    <message>
        <source>Four bits by blocks of 64 weights, with the 16 values of NF4, of FP4, and of integers: how often each value is used, and what it costs.</source>
        <translation>每块 64 个权重的 4 位量化，分别使用 NF4、FP4 和整数的 16 个取值：比较各取值的使用频率与代价。</translation>
    </message>
    <message>
        <source>Half of the weights go at once, chosen by magnitude, with their inputs (Wanda) or second order (SparseGPT), wherever they are or two of every four.</source>
        <translation>一次性去掉一半权重：按幅值、结合输入 (Wanda) 或二阶信息 (SparseGPT) 选择，位置任意或每 4 个去 2 个。</translation>
    </message>
    <message>
        <source>Half-quadratic quantization: integers whose zero points are optimized under a norm that is robust to outliers. Takes seconds and needs no data.</source>
        <translation>半二次量化：针对容忍离群值的范数优化整数的零点。仅需数秒，无需数据。</translation>
    </message>
    <message>
        <source>Integers as AutoGPTQ and gptqmodel store them, which many servers take: int2, int3, int4, int8.</source>
        <translation>AutoGPTQ 与 gptqmodel 存储格式的整数，许多推理服务都支持：int2、int3、int4、int8。</translation>
    </message>
    <message>
        <source>Learns a low-rank update of each layer while the weights are frozen: fine-tuning, or recovery after any compression, with little memory. Pruned weights stay pruned, quantized weights stay quantized.</source>
        <translation>保持权重不变，为每层学习低秩更新：以少量内存微调，或在任何压缩后恢复。已剪枝的权重保持剪枝，已量化的保持量化。</translation>
    </message>
    <message>
        <source>Learns masks over hidden dimensions, heads, intermediate dimensions and layers together with the weights until exactly the target shape remains, and removes the rest: a smaller model that any program loads.</source>
        <translation>与权重一起学习隐藏维、注意力头、中间维和层的掩码，直到恰好剩下目标形状，再剪除其余部分：得到任何程序都能加载的更小模型。</translation>
    </message>
    <message>
        <source>Learns which layers, heads and values to cut until half of the parameters are left, then trains the small model on, with more samples of the domains that are furthest behind the original.</source>
        <translation>学习剪除哪些层、注意力头和维度，直到剩下一半参数，然后继续训练小模型，落后原始模型最多的领域获得更多样本。</translation>
    </message>
    <message>
        <source>The teacher generates texts and the student is trained on them. Works with any tokenizer, and with teachers whose weights are not available.</source>
        <translation>由教师模型生成文本来训练学生模型；适用于任何分词器，也适用于只能获得其回答的教师模型。</translation>
    </message>
    <message>
        <source>LoRA on frozen 4-bit weights (NF4 or FP4): fine-tunes models that would not fit otherwise, or lets a 4-bit model recover.</source>
        <translation>在 4 位（NF4 或 FP4）权重上使用 LoRA：微调原本放不下的模型，或恢复 4 位模型。</translation>
    </message>
    <message>
        <source>Loads a model: the start of a pipeline.</source>
        <translation>加载模型：流水线的起点。</translation>
    </message>
    <message>
        <source>Low-rank quantization-aware training: learns scales and a low-rank term inside the rounding, which then merges into plain integers.</source>
        <translation>低秩量化感知训练：在舍入内部学习缩放与低秩项，随后合并为普通整数。</translation>
    </message>
    <message>
        <source>NF4 and FP4 that transformers loads directly, on GPUs and CPUs; what QLoRA trains on.</source>
        <translation>transformers 可在 GPU 和 CPU 上直接加载的 NF4 与 FP4；QLoRA 训练所用的格式。</translation>
    </message>
    <message>
        <source>Number formats: rounds each weight to the nearest value of a shorter format, from 16 bits down to 1. Takes seconds and needs no data; with an importance matrix of a text it loses much less at 4 bits and below.</source>
        <translation>数值格式：每个权重取更短格式（16 位到 1 位）中最近的值。仅需数秒，无需数据；在 4 位及以下使用文本的重要性矩阵可大幅减少损失。</translation>
    </message>
    <message>
        <source>One file for llama.cpp and what is built on it. int4 and int8 in groups of 32 stay as they are.</source>
        <translation>供 llama.cpp 及其衍生程序使用的单个文件。每组 32 个的 int4 与 int8 保持不变。</translation>
    </message>
    <message>
        <source>Packed integers and floats that transformers and vLLM load directly: int4, int8, W8A8, float8, NVFP4, MXFP4.</source>
        <translation>transformers 与 vLLM 可直接加载的打包整数与浮点：int4、int8、W8A8、float8、NVFP4、MXFP4。</translation>
    </message>
    <message>
        <source>Plain safetensors that every program loads. Not smaller: compressed layers are written out in full.</source>
        <translation>任何程序都能加载的普通 safetensors。不会变小：压缩的层会完整写出。</translation>
    </message>
    <message>
        <source>Projects keys and values along the sequence, so that the cost of attention grows with the length of the text, not with its square.</source>
        <translation>沿序列投影键与值，使注意力的开销随文本长度线性增长，而非平方增长。</translation>
    </message>
    <message>
        <source>Learns rotations that remove outlier channels, merges them into the weights, and rounds weights, activations and the key/value cache to 4 bits.</source>
        <translation>学习如何旋转网络使任何通道都不突出，并将权重、激活与键/值缓存舍入到 4 位。</translation>
    </message>
    <message>
        <source>Rounds weights column by column; the remaining columns compensate for the error of each one. Layer by layer, calibrated on a text.</source>
        <translation>逐列舍入，并由后续列弥补误差，逐层进行，在文本上校准。</translation>
    </message>
    <message>
        <source>Compresses a model to a given size: measures how much each layer loses in each format, gives bytes to the layers that need them most, and checks on held-out text that the result beats a uniform model.</source>
        <translation>只需指定大小：测量每层各格式的代价，把字节用在收益最大处，并在留出文本上验证结果优于统一格式的模型。</translation>
    </message>
    <message>
        <source>Before rounding, scales up the weights that are multiplied with large activations. Norms and neighboring layers absorb the inverse scales. Calibrated on a text.</source>
        <translation>舍入前放大与大激活相乘的权重（以归一化层和相邻层可抵消为限）；在文本上校准。</translation>
    </message>
    <message>
        <source>Second-order pruning sets half of the weights to zero; LoRA recovers the loss while the zeros stay.</source>
        <translation>二阶剪枝将一半权重置零；LoRA 在保持零值的同时恢复损失。</translation>
    </message>
    <message>
        <source>Sets the least important weights of every layer to zero at once, by SparseGPT, Wanda, RIA or magnitude; no training. They stay zero in all blocks after it.</source>
        <translation>通过 SparseGPT、Wanda、RIA 或幅值，一次性将每层最不重要的权重置零；无需训练。它们在之后的所有模块中保持为零。</translation>
    </message>
    <message>
        <source>Signs and two vectors a layer, learned from the original (OneBit), with and without its LayerNorm, beside rounding to two bits. A short training: the longer, the closer to the original.</source>
        <translation>每层保留符号与两个向量，向原始模型学习 (OneBit)，有无 LayerNorm，并与两位舍入对比。训练较短：越长越接近原始模型。</translation>
    </message>
    <message>
        <source>Six number formats side by side, from 8 bits down to 1: what each costs in perplexity and what it saves in bytes.</source>
        <translation>六种数值格式并列，从 8 位到 1 位：各自的困惑度代价与节省的字节。</translation>
    </message>
    <message>
        <source>Removes the least important experts of a mixture of experts, and their rows of the router. No training; the result is a stock model with fewer experts.</source>
        <translation>移除混合专家模型中影响最小的专家及其路由行。无需训练；结果是专家更少的标准模型。</translation>
    </message>
    <message>
        <source>Removes the least important layers. No training; the result is a stock model with fewer layers, which recovers with fine-tuning or distillation.</source>
        <translation>移除影响最小的层。无需训练；结果是层数更少的标准模型，可通过微调或蒸馏恢复。</translation>
    </message>
    <message>
        <source>The best GGUF file of 45 % of the 16-bit size: sensitivities say which layers get more bits, and the mix Q4_K_M stands beside it. Change the size and run again: the sensitivities are kept.</source>
        <translation>大小为 16 位模型 45 % 的最佳 GGUF 文件：敏感度决定哪些层获得更多位，并与 Q4_K_M 混合方案对比。更改大小后再次运行时，敏感度会保留。</translation>
    </message>
    <message>
        <source>The bundled sample model, its weights rounded to 4-bit integers in groups of 64. Ready to run.</source>
        <translation>内置示例模型，权重舍入为每组 64 个的 4 位整数。可直接运行。</translation>
    </message>
    <message>
        <source>Removes the least important layer, then trains the rest with QLoRA on 4-bit weights.</source>
        <translation>移除影响最小的一层，再用 QLoRA 训练其余部分，权重保持 4 位。</translation>
    </message>
    <message>
        <source>Removes the least important heads and channels, distills the rest from the original, and rounds it to 4 bits with GPTQ.</source>
        <translation>移除最不重要的注意力头与通道，由原始模型蒸馏其余部分，再用 GPTQ 舍入到 4 位。</translation>
    </message>
    <message>
        <source>The model writes texts of its own, and a student of half its layers is trained on them. The texts stay in the workspace as a data set.</source>
        <translation>模型自行生成文本，用于训练层数减半的学生模型。这些文本作为数据集保留在工作区中。</translation>
    </message>
    <message>
        <source>The same 8-bit weights with the inputs of the layers as they are, rounded to 8 bits and rounded to 4 bits per token: shows what rounding activations costs.</source>
        <translation>相同的 8 位权重，层的输入分别保持不变、舍入到 8 位和逐 token 舍入到 4 位：显示激活舍入的代价。</translation>
    </message>
    <message>
        <source>The studio&apos;s own container: every kind of layer, bit for bit, with the history of its making.</source>
        <translation>本程序自己的容器：支持任何类型的层，逐位保存，并附制作历史。</translation>
    </message>
    <message>
        <source>Three quarters of the parameters stay: heads, inner and hidden values that say most on a text; and what some training heals.</source>
        <translation>保留四分之三的参数：在文本上作用最大的注意力头、中间维和隐藏维；以及少量训练的恢复效果。</translation>
    </message>
    <message>
        <source>Three ways to choose the range of 3-bit integers: the largest weight, a percentile, and a search for the smallest error. Below 4 bits this matters most.</source>
        <translation>选择 3 位整数范围的三种方式：最大权重、百分位数和搜索最小误差。在 4 位以下影响最大。</translation>
    </message>
    <message>
        <source>Three ways to write each weight as two skinny matrices with 40 % fewer numbers: by the weights alone, by what the layers give on a text, and layer by layer toward what the original gives; then the factors as 4-bit integers.</source>
        <translation>将每个权重写成两个细长矩阵、数值减少 40 % 的三种方式：仅依据权重、依据各层在文本上的输出，以及逐层朝向原始模型的输出；再将因子存为 4 位整数。</translation>
    </message>
    <message>
        <source>Trains the architecture of a model, or of any config, from random weights. Stores the initial weights, so that lottery tickets can rewind to them.</source>
        <translation>从随机权重训练某个模型或任意配置的架构。保留初始权重，供彩票假设剪枝回退。</translation>
    </message>
    <message>
        <source>Continues training: recovery after pruning, or continued pre-training on one text or on domains with dynamic proportions. Pruned weights stay zero.</source>
        <translation>继续训练模型：剪枝后的恢复，或在单个文本、比例动态变化的多个领域上继续预训练。已剪枝层的掩码保持不变。</translation>
    </message>
    <message>
        <source>Improves a quantized model in its own format, at the same size: GPTQ solves its codes, then scales and norms, or codes, are trained on the KL divergence from the original.</source>
        <translation>在格式与字节数不变的情况下改进已量化的模型：先由 GPTQ 求解编码，再按照与原始模型的 KL 散度训练缩放和归一化层，或训练编码。</translation>
    </message>
    <message>
        <source>Trains the student to match its teacher&apos;s hidden states, attention maps or relations between tokens.</source>
        <translation>训练学生模型，使其隐藏状态、注意力图或 token 间关系接近教师模型。</translation>
    </message>
    <message>
        <source>Trains the student on its teacher&apos;s output distribution, with one of seven divergences.</source>
        <translation>使用七种散度之一训练学生模型，使其概率分布接近教师模型。</translation>
    </message>
    <message>
        <source>Trains, prunes the smallest weights and rewinds the others, round after round. The remaining sparse network, the winning ticket, learns as well as the dense one.</source>
        <translation>逐轮训练、剪除最小的权重并回退其余权重；剩下的稀疏网络与稠密网络学得一样好。</translation>
    </message>
    <message>
        <source>Two layers go: those that turn the hidden states least, two neighbors, or those that the loss misses least; and what some training heals.</source>
        <translation>移除两层：对隐藏状态改变最小的、两个相邻的，或对损失影响最小的；以及少量训练的恢复效果。</translation>
    </message>
    <message>
        <source>Weights and activations in 8-bit integers, by rounding alone and with the outliers of activations moved into the weights first.</source>
        <translation>权重与激活使用 8 位整数：仅舍入，以及先把激活的离群值转移到权重中。</translation>
    </message>
    <message>
        <source>Weights in 4 bits (NF4, scales quantized too) with adapters that are trained beside them, against the same 4 bits alone.</source>
        <translation>4 位权重（NF4，缩放也量化）加上一同训练的适配器，与仅 4 位的结果对比。</translation>
    </message>
    <message>
        <source>What was learned (LoRA, QLoRA), or factorized (SVD), as peft loads it, with the model it belongs to.</source>
        <translation>学习得到（LoRA、QLoRA）或分解得到 (SVD) 的部分，以 peft 可加载的形式保存，并附所属模型。</translation>
    </message>
    <message>
        <source>Whitened SVD takes a quarter of the weights away, distillation from the original recovers what it can, and the factors are rounded to 4 bits.</source>
        <translation>白化 SVD 去掉四分之一的权重，由原始模型蒸馏尽量恢复，因子再舍入到 4 位。</translation>
    </message>
    <message>
        <source>Replaces each weight matrix by the product of two low-rank factors, chosen to change the layer&apos;s output on a text as little as possible.</source>
        <translation>将每个权重写成两个细长矩阵的乘积，使该层在文本上的输出变化最小。</translation>
    </message>
    <message>
        <source>llama.cpp&apos;s mix Q4_K_M with an importance matrix, by rounding to nearest and by GPTQ: export the better one as GGUF.</source>
        <translation>llama.cpp 的 Q4_K_M 混合方案加重要性矩阵，分别用就近舍入与 GPTQ：将较好的结果导出为 GGUF。</translation>
    </message>
    <message>
        <source>llama.cpp&apos;s own formats, Q2_K to Q8_0 and IQ2 to IQ4, in its own mixes, with an importance matrix or GPTQ. The measured weights are bit-identical to those in the GGUF file.</source>
        <translation>llama.cpp 自有格式 Q2_K 至 Q8_0、IQ2 至 IQ4 及其混合方案，可用重要性矩阵或 GPTQ：此处测量的内容与 GGUF 文件逐位一致。</translation>
    </message>
    <message>
        <source>&apos;pipeline&apos; for the held-out part of the pipeline&apos;s texts, a text file or folder of them, a data set on the hub (hub:name or hub:name/config/split), or bundled texts: &apos;mixed&apos; or &apos;sample&apos;.</source>
        <translation>&apos;pipeline&apos; 表示流水线文本的留出部分；也可以是文本文件或其文件夹、Hub 上的数据集（hub:name 或 hub:name/config/split）或内置文本：&apos;mixed&apos; 或 &apos;sample&apos;。</translation>
    </message>
    <message>
        <source>&apos;pipeline&apos; for the text of the pipeline, a text file or folder of them, a JSON lines file with prompts and answers or chats, a data set on the hub (hub:name or hub:name/config/split), bundled texts (&apos;mixed&apos; or &apos;sample&apos;), or &apos;model&apos; for a text that the model (or its teacher) writes itself: for learning from a teacher without data.</source>
        <translation>&apos;pipeline&apos; 表示流水线的文本；也可以是文本文件或其文件夹、包含提示与回答或对话的 JSON Lines 文件、Hub 上的数据集（hub:name 或 hub:name/config/split）、内置文本（&apos;mixed&apos; 或 &apos;sample&apos;），或 &apos;model&apos;，即由模型（或其教师模型）自行生成的文本：无需数据即可向教师模型学习。</translation>
    </message>
    <message>
        <source>&apos;pipeline&apos; for the text of the pipeline, a text file or folder of them, a JSON lines file with prompts and answers or chats, a data set on the hub (hub:name or hub:name/config/split), bundled texts (&apos;mixed&apos; or &apos;sample&apos;), or &apos;model&apos; for a text that the model writes itself. Texts like those that the model will meet are best.</source>
        <translation>&apos;pipeline&apos; 表示流水线的文本；也可以是文本文件或其文件夹、包含提示与回答或对话的 JSON Lines 文件、Hub 上的数据集（hub:name 或 hub:name/config/split）、内置文本（&apos;mixed&apos; 或 &apos;sample&apos;），或 &apos;model&apos;，即由模型自行生成的文本。最好使用与模型实际遇到的内容相近的文本。</translation>
    </message>
    <message>
        <source>0: all stay.</source>
        <translation>0：全部保留。</translation>
    </message>
    <message>
        <source>0: all stays.</source>
        <translation>0：全部保留。</translation>
    </message>
    <message>
        <source>0: as the config says.</source>
        <translation>0：按配置。</translation>
    </message>
    <message>
        <source>2e-3 for logarithms in short runs; the authors take 1e-5 for plain scales and 10 000 steps.</source>
        <translation>短训练中使用对数时取 2e-3；作者对普通缩放使用 1e-5 和 10 000 步。</translation>
    </message>
    <message>
        <source>4-bit weights with adapters beside them, or 16-bit weights with the adapters merged: into the weights that the training saw and into the original ones. Both are measured, the better is kept.</source>
        <translation>4 位权重加适配器，或合并适配器的 16 位权重：分别合并到训练所用的权重和原始权重中。两者都会测量，保留较好的。</translation>
    </message>
    <message>
        <source>8-bit and paged AdamW need a CUDA device; elsewhere AdamW takes their place, and the log says so.</source>
        <translation>8 位和分页 AdamW 需要 CUDA 设备；其他设备上由 AdamW 代替，并在日志中说明。</translation>
    </message>
    <message>
        <source>A Hadamard transform behind the position embeddings, for the cache of keys.</source>
        <translation>位置嵌入之后的 Hadamard 变换，用于键缓存。</translation>
    </message>
    <message>
        <source>A Hadamard transform of what the last layer of every MLP reads.</source>
        <translation>对每个 MLP 最后一层输入的 Hadamard 变换。</translation>
    </message>
    <message>
        <source>A LayerNorm without weights after every product, as in the paper. The model then learns the size of its outputs anew, which takes far more than some hundred steps, and its layers have no dense equal. Without it training starts at the best fit with one bit, and every program can load the result as dense layers.</source>
        <translation>每次乘法后使用不带权重的 LayerNorm，与论文一致。模型需要重新学习输出的大小，远不止几百步，且其层没有等价的稠密层。不使用时，训练从一位的最佳拟合开始，任何程序都能将结果作为稠密层加载。</translation>
    </message>
    <message>
        <source>A config.json, or a model or hub id whose config is taken; &apos;sample:experts&apos; is a small mixture of experts. Empty: that of the incoming model. Its weights are not used; tokenizer and vocabulary are always those of the incoming model.</source>
        <translation>config.json，或取其配置的模型或 Hub ID；&apos;sample:experts&apos; 是小型混合专家模型。留空：使用输入模型的配置。不使用其权重；分词器与词表始终来自输入模型。</translation>
    </message>
    <message>
        <source>A config.json, or a model or hub id with the target shape.</source>
        <translation>具有所需形状的 config.json、模型或 Hub ID。</translation>
    </message>
    <message>
        <source>A config.json, or a model whose shape the student gets. It keeps the tokenizer of the incoming model.</source>
        <translation>学生模型采用其形状的 config.json 或模型。学生模型保留输入模型的分词器。</translation>
    </message>
    <message>
        <source>A folder in Hugging Face form, a GGUF file, a hub id such as HuggingFaceTB/SmolLM2-135M, or &apos;sample&apos;.</source>
        <translation>Hugging Face 格式的文件夹、GGUF 文件、Hub ID（如 HuggingFaceTB/SmolLM2-135M）或 &apos;sample&apos;。</translation>
    </message>
    <message>
        <source>Allows storing a layer as the product of two low-rank factors, in integers of at least 4 bits, where that loses less than a format of the same size. The plan without factors is built too, and the one that is better on held-out text is returned. Only this program&apos;s container can store factors.</source>
        <translation>一层可以存储为两个较低秩的窄矩阵的乘积（至少 4 位整数），只要这样的损失小于同样字节数的格式。同时也会构建各层保持完整的方案，并给出在留出文本上更好的那个。只有本程序的容器能保存因子。</translation>
    </message>
    <message>
        <source>A low-rank term inside the rounding and the scales (LR-QAT); the scales only, which already brings much of the gain; or every weight (full quantization-aware training), which needs several times the memory.</source>
        <translation>舍入内部的低秩项与缩放 (LR-QAT)；仅缩放，可立即获得大部分收益；或每个权重（完整的量化感知训练），需要数倍内存。</translation>
    </message>
    <message>
        <source>A path that ends with .gguf, for llama-quantize and other programs. Only an earlier importance matrix of the same model and text is replaced there, no other file.</source>
        <translation>以 .gguf 结尾的路径，供 llama-quantize 等程序使用。该处只会替换同一模型与文本的旧重要性矩阵，不会替换其他文件。</translation>
    </message>
    <message>
        <source>A plan that an earlier fit wrote (fit.json), possibly edited. It is built without changes.</source>
        <translation>先前适配写出的方案 (fit.json)，可经过编辑：按原样构建。</translation>
    </message>
    <message>
        <source>A rotation of every head&apos;s values.</source>
        <translation>对每个头的值进行旋转。</translation>
    </message>
    <message>
        <source>Learns a scale for every channel behind the norms and of the MLP&apos;s up-projection. The scales are merged into the weights and cost nothing.</source>
        <translation>归一化层之后的每个通道和 MLP 的 up 投影各有一个缩放；它们会被合并，没有额外开销。</translation>
    </message>
    <message>
        <source>A weight of rank r is determined by r of its rows and the coefficients that combine them into the others: r² numbers fewer than two plain factors, so the same size holds a much larger rank. Exact (pivoting factorization, arXiv 2501.19090). Plain factors lose less where they are rounded to 4 bits later.</source>
        <translation>秩为 r 的权重可由其 r 行及其余行的组合方式确定：比两个普通因子少 r² 个数，因此相同大小可容纳更高的秩。结果精确（主元分解，arXiv 2501.19090）。若之后舍入到 4 位，普通因子损失更小。</translation>
    </message>
    <message>
        <source>Above 1, unlikely tokens count for more. The loss is scaled so that its gradient keeps its size.</source>
        <translation>大于 1 时，低概率 token 的权重更大。损失会缩放以保持梯度大小。</translation>
    </message>
    <message>
        <source>Added to the Gram matrix&apos;s diagonal, as a multiple of its mean, when a weight is fitted to the outputs of the original.</source>
        <translation>将权重拟合到原始模型输出时，加到 Gram 矩阵对角线上的量，为其均值的倍数。</translation>
    </message>
    <message>
        <source>Added to the Hessian&apos;s diagonal, as a multiple of its mean. It is raised automatically where the Hessian can&apos;t be factorized.</source>
        <translation>加到 Hessian 对角线上的量，为其均值的倍数。若 Hessian 无法分解，会自动增大。</translation>
    </message>
    <message>
        <source>Added to the Hessian&apos;s diagonal, as a multiple of its mean. More damping relies less on correlations that only the calibration text may have. It is raised automatically where the Hessian can&apos;t be factorized.</source>
        <translation>加到 Hessian 对角线上的量，为其均值的倍数。阻尼越大，越少依赖可能只存在于校准文本中的相关性。若 Hessian 无法分解，会自动增大。</translation>
    </message>
    <message>
        <source>Added to the Hessian&apos;s diagonal, as a multiple of its mean. More relies less on the calibration text.</source>
        <translation>加到 Hessian 对角线上的量，为其均值的倍数。越大越少依赖校准文本。</translation>
    </message>
    <message>
        <source>After every block, only at the ends of the pipeline, or not at all. Size is always measured.</source>
        <translation>每个模块之后、仅在流水线首尾，或不测量。大小总会测量。</translation>
    </message>
    <message>
        <source>All start open. By importance: the more the loss depends on a part, the later its mask closes, unless learning changes that; short runs need it. Alike: as published.</source>
        <translation>全部打开。按重要性：损失越依赖某部分，其关闭越晚（除非学习结果另有指示）；短训练需要此项。均等与论文一致。</translation>
    </message>
    <message>
        <source>All random numbers of a run come from it: the same seed gives the same result.</source>
        <translation>一次运行的所有随机数都由此产生：相同种子得到相同结果。</translation>
    </message>
    <message>
        <source>All stored bits, scales included, per parameter.</source>
        <translation>每个参数存储的全部位数，含缩放。</translation>
    </message>
    <message>
        <source>A different seed gives different random rotations.</source>
        <translation>不同的数字产生不同的随机旋转。</translation>
    </message>
    <message>
        <source>A different seed generates different texts.</source>
        <translation>数字不同，文本也不同。</translation>
    </message>
    <message>
        <source>As published; otherwise each value head has its own, which costs nothing.</source>
        <translation>与论文一致；否则每个值头各有自己的旋转，没有额外开销。</translation>
    </message>
    <message>
        <source>At least this share of the correlations between output gradients is ignored. Where parts of the calibration text disagree about them, as on a short text, more is ignored, layer by layer. At 100 % the objective is that of the layer&apos;s output.</source>
        <translation>输出梯度间的相关性至少忽略这一比例。校准文本的各部分不一致时（文本较短时如此），逐层忽略更多。100 % 即为层输出的目标函数。</translation>
    </message>
    <message>
        <source>Sampling temperature of the student&apos;s generated texts.</source>
        <translation>学生模型生成时使用的温度。</translation>
    </message>
    <message>
        <source>Before training, GPTQ solves the codes again with the existing scales, in layers whose codes are the nearest to the original weights. The new codes are used only if they lower the divergence on the held-out samples.</source>
        <translation>训练之前，对于编码取自原始权重最近值的层，GPTQ 在现有缩放因子上重新选择编码。仅当留出样本上的散度因此下降时才保留。</translation>
    </message>
    <message>
        <source>Below 1, more likely words; 0 always takes the most likely one, which tends to repeat itself.</source>
        <translation>小于 1 时选择更可能的词；0 总取最可能的词，容易重复。</translation>
    </message>
    <message>
        <source>Bits of keys and values, with a scale for every token of every head. 16: not rounded.</source>
        <translation>键与值的位数，每个头的每个 token 各有一个缩放。16：不舍入。</translation>
    </message>
    <message>
        <source>Bits of keys and values, with a scale for every token of every head; trained with, and after. Only this program runs such a model. 16: not rounded.</source>
        <translation>键与值的位数，每个头的每个 token 各有一个缩放；训练时及之后均使用。只有本程序能运行这样的模型。16：不舍入。</translation>
    </message>
    <message>
        <source>Bits of the inputs of linear layers, with a scale for every token (dynamic). 16: not rounded.</source>
        <translation>线性层输入的位数，每个 token 一个缩放（动态）。16：不舍入。</translation>
    </message>
    <message>
        <source>Block influence measures how much a layer rotates its input; the layers with the least influence are removed. A run of neighbors: the one whose input and output directions differ least. By loss: each layer is removed on trial, and the one that raises the loss least is removed; better, and much slower.</source>
        <translation>块影响度衡量一层对其输入的改变程度，改变最小的层被移除。一段相邻层：两端方向变化最小的一段。按损失：逐层试移除，影响最小的被移除；效果更好，但慢得多。</translation>
    </message>
    <message>
        <source>Branch, tag or commit on the hub.</source>
        <translation>Hub 上的分支、标签或提交。</translation>
    </message>
    <message>
        <source>Also builds the best uniform model of at most this size, measures both on held-out text, and returns the better one.</source>
        <translation>同时构建不超过该字节数的最佳统一格式模型，在留出文本上测量两者并给出较好的。</translation>
    </message>
    <message>
        <source>Bytes of all tensor files as they lie on disk.</source>
        <translation>磁盘上所有张量文件的字节数。</translation>
    </message>
    <message>
        <source>Bytes that the exported file may take: 60MB, 1.5GB, or a share such as 40%, of the bytes of all of the model&apos;s parameters in 16 bits, a tied head counted once.</source>
        <translation>导出文件可占用的字节数：60MB、1.5GB，或占模型全部参数 16 位字节数的比例（如 40%），共享的输出头只计一次。</translation>
    </message>
    <message>
        <source>Chooses the range of each group that changes the layer&apos;s output least; for queries and keys, which are multiplied with each other, and for GGUF blocks, by the energy of the inputs alone.</source>
        <translation>为每组选择使层输出变化最小的范围；对于彼此相乘的查询与键以及 GGUF 块，仅依据输入能量。</translation>
    </message>
    <message>
        <source>Chooses the scales together with the ranges, by the output of the whole decoder layer. Otherwise each linear layer is judged alone, with full ranges. Takes two to three times as long.</source>
        <translation>根据整个解码器层的输出同时选择缩放与范围。否则每个线性层单独评估，使用完整范围。耗时为两到三倍。</translation>
    </message>
    <message>
        <source>Decay of AdamW&apos;s second moment.</source>
        <translation>AdamW 二阶矩的衰减率。</translation>
    </message>
    <message>
        <source>Decoders only, where the projection of a whole text would mix the future into the past: tokens are attended exactly within their segment, completed segments through their slots. An extension of the paper.</source>
        <translation>仅用于解码器：投影整个文本会把未来混入过去，因此段内使用精确注意力，已完成的分段通过其槽参与。这是对论文的扩展。</translation>
    </message>
    <message>
        <source>Decoders only: what the keys and values of a completed segment are projected to.</source>
        <translation>仅用于解码器：已完成分段的键与值投影到的维度。</translation>
    </message>
    <message>
        <source>Decoupled, as in AdamW.</source>
        <translation>解耦式，与 AdamW 相同。</translation>
    </message>
    <message>
        <source>Decoupled, as in AdamW. 0.01 in the paper.</source>
        <translation>解耦式，与 AdamW 相同。论文中为 0.01。</translation>
    </message>
    <message>
        <source>Divergence from the original, in nats a token, if both predicted after this layer: where it begins to differ.</source>
        <translation>若两者都在该层之后预测，与原始模型的散度（每 token 的 nat）：从哪里开始出现差异。</translation>
    </message>
    <message>
        <source>Also divides the scales by the magnitude of the weights, as AutoAWQ does; the paper uses the magnitude of the inputs alone.</source>
        <translation>缩放还除以权重的幅值，与 AutoAWQ 相同；论文只使用输入的幅值。</translation>
    </message>
    <message>
        <source>Divides by the square root of the rank, so that high ranks learn as fast as low ones.</source>
        <translation>除以秩的平方根，使高秩与低秩学得一样快。</translation>
    </message>
    <message>
        <source>Dropped: the router chooses among the others. Merged: each is averaged into the one that stays whose outputs are most like its own, weighted by the tokens that reached each.</source>
        <translation>丢弃：路由器在其余专家中选择。合并：每个专家按到达各专家的 token 数加权，平均到输出最相似的保留专家中。</translation>
    </message>
    <message>
        <source>Each slot the mean of neighboring tokens; or of segments that are shorter where the model&apos;s attention tells tokens apart (by the singular vectors of the average attention, encoders only), which is much closer to the original; or random numbers.</source>
        <translation>每个槽为相邻 token 的均值；或在模型注意力区分 token 之处使用较短分段的均值（依据平均注意力的奇异向量，仅编码器），更接近原始模型；或随机数。</translation>
    </message>
    <message>
        <source>Edit distance of greedy answers from the original&apos;s, in tokens, by the length of the longer.</source>
        <translation>贪心回答与原始模型回答的编辑距离（按 token），除以较长者的长度。</translation>
    </message>
    <message>
        <source>Exceptions from the allocation, as PATTERN=RANK: layers by role or by name with * and ?, such as down=64 or layers.0.*=128. The first pattern that matches a layer applies. A budget is spread over the others alone.</source>
        <translation>分配的例外，写作 模式=秩：按角色或名称（可用 * 和 ?）指定层，如 down=64 或 layers.0.*=128。以首个匹配的为准。预算只在其余层间分配。</translation>
    </message>
    <message>
        <source>Exceptions from the format, as PATTERN=FORMAT: layers by role or by name with * and ?, such as down=int8 or layers.0.*=nvfp4. The first pattern that matches a layer applies. The block&apos;s other settings apply to these layers too, where their formats have them.</source>
        <translation>格式的例外，写作 模式=格式：按角色或名称（可用 * 和 ?）指定层，如 down=int8 或 layers.0.*=nvfp4。以首个匹配的为准；模块的其他设置在其格式支持的范围内同样适用。</translation>
    </message>
    <message>
        <source>Exceptions from the mix, as PATTERN=TYPE: a regular expression that is searched in a tensor&apos;s name in the GGUF file, such as ffn_down=Q6_K or blk\.[0-3]\.=Q8_0. The first that is found counts.</source>
        <translation>混合方案的例外，写作 模式=类型：在 GGUF 文件张量名中搜索的正则表达式，如 ffn_down=Q6_K 或 blk\.[0-3]\.=Q8_0。以首个匹配的为准。</translation>
    </message>
    <message>
        <source>Exceptions from the sparsity, as PATTERN=SHARE: layers by role or by name with * and ?, such as down=0.3 or layers.0.*=20%. The first pattern that matches a layer applies. 0 leaves all weights.</source>
        <translation>稀疏度的例外，写作 模式=比例：按角色或名称（可用 * 和 ?）指定层，如 down=0.3 或 layers.0.*=20%。以首个匹配的为准；0 表示保留其权重。</translation>
    </message>
    <message>
        <source>Allows removing experts of a mixture of experts: the least important by REAP, equally many in each layer, as long as their bytes are predicted to help more elsewhere. The plan with all experts is built too, and the one that is better on held-out text is returned. Has no effect on a model without experts.</source>
        <translation>可移除混合专家模型中的专家：按 REAP 价值最低者，各层数量相同，前提是其字节用在别处预计更有价值。同时构建保留全部专家的方案，给出在留出文本上较好的一个。对没有专家的模型无影响。</translation>
    </message>
    <message>
        <source>Exponent of the mean magnitude of each input.</source>
        <translation>每个输入平均幅值的指数。</translation>
    </message>
    <message>
        <source>Exponents between 0, no scales, and 1, scales as large as the inputs. Time grows with it.</source>
        <translation>指数介于 0（无缩放）与 1（缩放与输入同样大）之间。数量越多耗时越长。</translation>
    </message>
    <message>
        <source>Factor of beta after each step.</source>
        <translation>每步之后 beta 的倍数。</translation>
    </message>
    <message>
        <source>Factor of the low-rank term, in steps of the integers. 1 moves weights within tens of steps; the authors train 10 000 steps with 1 / rank.</source>
        <translation>低秩项的系数，以整数步长计。1 可在数十步内移动权重；作者使用 1 / 秩 训练 10 000 步。</translation>
    </message>
    <message>
        <source>Fewer of them: whole groups of heads are removed. As many as before: each group loses equally many heads. 0: fewer if that keeps the groups whole, otherwise all.</source>
        <translation>减少：移除整组注意力头。数量不变：每组减少相同数量的头。0：若能保持组完整则减少，否则全部保留。</translation>
    </message>
    <message>
        <source>Final learning rate, as a share of the highest.</source>
        <translation>最终学习率，占最高学习率的比例。</translation>
    </message>
    <message>
        <source>Formats that the plan chooses from, by name with * and ?, such as Q*_K, Q8_0 or int4; none given: all that the program reads. Without the IQ formats measuring is faster, and so are results on a CPU; they lose least in the fewest bytes.</source>
        <translation>方案可选用的格式，按名称填写，可用 * 和 ?，例如 Q*_K、Q8_0 或 int4；不填则为目标程序能读取的全部格式。不用 IQ 格式时测量更快，结果在 CPU 上运行也更快；但在字节数最少时，IQ 格式的损失最小。</translation>
    </message>
    <message>
        <source>Forward KL covers everything that the teacher finds likely, and suits a student close to it. Reverse KL concentrates on the most likely tokens, and needs a student that is already good. Skewed divergences are more stable for small students.</source>
        <translation>前向 KL 覆盖教师模型认为可能的全部内容，适合与其接近的学生模型；反向 KL 只取最可能的，需要已经较好的学生模型。偏斜形式对小型学生模型更稳定。</translation>
    </message>
    <message>
        <source>Frobenius norm of the difference, relative to that of the original.</source>
        <translation>差值的 Frobenius 范数，相对于原始权重。</translation>
    </message>
    <message>
        <source>GPTQ lets later columns compensate for the errors of earlier ones and is much better at 4 bits; rounding to nearest takes seconds; or leave the weights in 16 bits.</source>
        <translation>GPTQ 让后面的列弥补前面列的误差，在 4 位时好得多；就近舍入只需数秒；或将权重保留为 16 位。</translation>
    </message>
    <message>
        <source>GPTQ rounds high-energy inputs first, while many others can still compensate for their error.</source>
        <translation>GPTQ 先舍入能量大的输入，此时还有许多其他输入可弥补误差。</translation>
    </message>
    <message>
        <source>Hadamard transforms mix only channels that share a scale. In groups as small as those of NVFP4 and MXFP4, a transform of whole rows would spread outliers to all of them.</source>
        <translation>Hadamard 变换只混合共用缩放的通道：在 NVFP4 与 MXFP4 这样小的组中，对整行变换会把离群值带入所有组。</translation>
    </message>
    <message>
        <source>Half the share that other layers lose in a round, as published; or the same. With a tied embedding, half the rate leaves far more of all weights than &apos;Remaining weights&apos; says.</source>
        <translation>每轮剪枝率为其他层的一半（与论文一致），或相同。若嵌入层共享其表，减半会使保留的权重远多于“剩余权重”所示。</translation>
    </message>
    <message>
        <source>Allows removing attention heads and MLP channels: the least important on the text, equally many in each layer, as long as their bytes are predicted to help more elsewhere. The plan with all of them is built too, and the one that is better on held-out text is returned. Locked layers keep their width. With &apos;Remove layers&apos;, a plan that removes both is built too.</source>
        <translation>可以移除注意力头和 MLP 通道：移除在文本上贡献最小的部分，每层数量相同，只要预测这些字节用在别处更有价值。同时也会构建保留全部的方案，并给出在留出文本上更好的那个。已锁定的层保持宽度不变。同时启用“移除层”时，还会构建两者都移除的方案。</translation>
    </message>
    <message>
        <source>Heads that the features are split into; their number must divide the widths of both models. 0: automatic.</source>
        <translation>特征划分成的头数；必须能整除两个模型的宽度。0：自动。</translation>
    </message>
    <message>
        <source>Distance between the outputs of a layer and of the teacher&apos;s layer. Where the widths differ, a linear map between them is learned too, and discarded afterward.</source>
        <translation>层输出与教师模型输出的差距度量。宽度不同时，其间有一个一同学习、之后丢弃的线性映射。</translation>
    </message>
    <message>
        <source>How fast the shares follow the losses.</source>
        <translation>比例随损失变化的速度。</translation>
    </message>
    <message>
        <source>How many weights share a scale: smaller groups follow the values more closely and take more bits.</source>
        <translation>共用一个缩放的权重数：越少越贴近数值，但占用更多位。</translation>
    </message>
    <message>
        <source>How many windows of the text are used; 0 means all of them.</source>
        <translation>使用文本的多少个窗口；0 表示全部。</translation>
    </message>
    <message>
        <source>Number of layers, evenly spaced, including the first and the last; 0: half of them.</source>
        <translation>数量，均匀分布，包含首尾；0：一半。</translation>
    </message>
    <message>
        <source>Number of texts. They are stored in the workspace, and other runs with the same teacher reuse them.</source>
        <translation>数量。文本保留在工作区中：使用同一教师模型的其他运行可直接取用。</translation>
    </message>
    <message>
        <source>How the learning rate decreases after the warm-up.</source>
        <translation>预热之后学习率的下降方式。</translation>
    </message>
    <message>
        <source>How the plan is built. GPTQ lets later weights compensate for the error of earlier ones, and loses less; nearest is faster.</source>
        <translation>方案的构建方式。GPTQ 让后面的权重弥补前面的误差，损失更小；就近舍入更快。</translation>
    </message>
    <message>
        <source>Storage of the frozen weights during training. 8-bit fixed point uses all bits that the integer does not need for the fraction (Q4.4 for 4 bits, as in the paper). Packed integers take the least memory but lose how close each weight is to the next level.</source>
        <translation>训练时低秩项之下的权重如何保存。8 位定点把整数不需要的位都用作小数（4 位时为 Q4.4，作者的选择）。普通整数占用最少，但会丢失权重与相邻值的距离。</translation>
    </message>
    <message>
        <source>In nats for each token, in the order of the domains.</source>
        <translation>每 token 的 nat，按领域顺序。</translation>
    </message>
    <message>
        <source>In the loss.</source>
        <translation>在损失中的权重。</translation>
    </message>
    <message>
        <source>Integers of the weights.</source>
        <translation>权重的整数位数。</translation>
    </message>
    <message>
        <source>Integers with a scale and a minimum for each group.</source>
        <translation>每组带缩放与最小值的整数。</translation>
    </message>
    <message>
        <source>KL divergence and top-1 agreement against the original model.</source>
        <translation>与原始模型的 KL 散度和 Top-1 一致率。</translation>
    </message>
    <message>
        <source>Stores every rounded weight from the forward to the backward pass instead of computing it twice: a little faster, but takes as much additional memory as the weights in float32.</source>
        <translation>从前向到反向保留每个舍入后的权重，而不计算两次：略快，额外占用相当于 float32 权重的内存。</translation>
    </message>
    <message>
        <source>Keeps the dense weights of quantized layers in memory while training: faster. Without, each pass unpacks them layer by layer.</source>
        <translation>训练时在内存中保留量化层的稠密权重：更快。否则每次都逐层解包。</translation>
    </message>
    <message>
        <source>Kurtosis of all values that the layer reads, together.</source>
        <translation>该层全部输入值的总体峰度。</translation>
    </message>
    <message>
        <source>Kurtosis of the weights: 3 for a normal distribution; large means outliers.</source>
        <translation>权重的峰度：正态分布为 3；较大表示有离群值。</translation>
    </message>
    <message>
        <source>Kurtosis of what the layer reads, within each token, averaged over tokens.</source>
        <translation>该层输入在每个 token 内的峰度，对 token 取平均。</translation>
    </message>
    <message>
        <source>Largest norm of all gradients together; 0 switches it off.</source>
        <translation>所有梯度总范数的上限；0 表示关闭。</translation>
    </message>
    <message>
        <source>Largest norm of the gradients of ranges and scales; 0: none.</source>
        <translation>范围与缩放梯度范数的上限；0：无。</translation>
    </message>
    <message>
        <source>Largest resident set while the block ran.</source>
        <translation>该模块运行期间的最大常驻内存。</translation>
    </message>
    <message>
        <source>Largest weight.</source>
        <translation>最大权重。</translation>
    </message>
    <message>
        <source>Layers by name with * and ?, or by role: *.down_proj, layers.0.*, down, v.</source>
        <translation>按名称（可用 * 和 ?）或角色指定层：*.down_proj、layers.0.*、down、v。</translation>
    </message>
    <message>
        <source>Layers by role (q, k, v, o, gate, up, down; fc1, fc2; qkv, gate_up where they are fused) or by name with * and ?. Nothing: all linear layers, which learns best; those of experts only if they are named (expert_gate_up, expert_down).</source>
        <translation>按角色（q、k、v、o、gate、up、down；fc1、fc2；融合时为 qkv、gate_up）或名称（可用 * 和 ?）指定层。留空：所有线性层，学习效果最好；专家的层需明确指定（expert_gate_up、expert_down）。</translation>
    </message>
    <message>
        <source>Layers that keep a format, as PATTERN=FORMAT: by role or by name with * and ?, such as v=Q8_0 or layers.0.*=int8. The first pattern that matches a layer applies.</source>
        <translation>固定格式的层，写作 模式=格式：按角色或名称（可用 * 和 ?），如 v=Q8_0 或 layers.0.*=int8。以首个匹配的为准。</translation>
    </message>
    <message>
        <source>Learned on a text, starting from random Hadamard ones; random Hadamard; random orthogonal; or none, to compare with.</source>
        <translation>从随机 Hadamard 出发在文本上学习；随机 Hadamard；随机正交；或不旋转，用于对比。</translation>
    </message>
    <message>
        <source>Learning rate of B as a multiple of that of A (LoRA+): 16 where wide models learn slowly.</source>
        <translation>B 的学习率为 A 的倍数 (LoRA+)：宽模型学得慢时取 16。</translation>
    </message>
    <message>
        <source>Learning rate of the Lagrange multipliers, which push the masks to the target shape. The paper uses 1 with a penalty of 0; in runs of a few hundred steps the masks then overshoot the target.</source>
        <translation>将掩码推向目标形状的拉格朗日乘子的学习率。论文为 1、惩罚项为 0：在几百步的训练中掩码会越过目标。</translation>
    </message>
    <message>
        <source>Learning rate of the masks.</source>
        <translation>掩码的学习率。</translation>
    </message>
    <message>
        <source>Learning rate of the projections while they are fitted. In the recovery they have that of the weights.</source>
        <translation>拟合投影时的学习率。恢复训练中与权重的学习率相同。</translation>
    </message>
    <message>
        <source>Learning rate of the weights when all of them are trained.</source>
        <translation>训练全部权重时的学习率。</translation>
    </message>
    <message>
        <source>Learns the length of each row of a weight apart from its direction: closer to full fine-tuning at low ranks, slower.</source>
        <translation>将权重每行的长度与方向分开学习：低秩时更接近完整微调，但更慢。</translation>
    </message>
    <message>
        <source>Minimum number of tokens that llama.cpp generates per second on this machine&apos;s processor with an empty context, predicted from the measured speed of each format. The size limit still applies: set it to 100% to limit the speed alone. 0: any speed.</source>
        <translation>llama.cpp 在本机处理器上、上下文为空时每秒至少生成的 token 数，按测得的各格式速度计算。大小限制同样有效：只限速度时设为 100%。0：不限。</translation>
    </message>
    <message>
        <source>Lets every result and its original answer bundled prompts, and compares loops, ends, template, language, brackets and tokens: likelihood can stay while a model no longer writes. Long: also an answer of 512 tokens, and the end of a prompt of 2,304.</source>
        <translation>让每个结果及其原始模型回答内置提示，并比较循环重复、结尾、模板、语言、括号与 token：似然可能不变而模型已无法写作。长：还包括 512 token 的回答和 2304 token 提示的结尾。</translation>
    </message>
    <message>
        <source>Masks first: for a tenth of the steps masks alone, then the smaller model is cut out and its weights learn for the rest, from further samples. Together, as published: weights learn under masks that are drawn anew in each step. Automatic: masks first in runs of less than 3200 steps.</source>
        <translation>先学掩码：十分之一的步数只学掩码，然后切出小模型，其余步数用更多样本训练其权重。一起（与论文一致）：权重在每步重新采样的掩码下学习。自动：少于 3200 步时先学掩码。</translation>
    </message>
    <message>
        <source>Matches how similar the tokens are to each other (MiniLM). Widths and heads may differ.</source>
        <translation>匹配 token 之间的相似度 (MiniLM)。宽度与头数可以不同。</translation>
    </message>
    <message>
        <source>Mean KL(original || this) over all tokens.</source>
        <translation>所有 token 上 KL(原始 || 当前) 的平均值。</translation>
    </message>
    <message>
        <source>Mean cosine of the last hidden states with the original&apos;s.</source>
        <translation>最后隐藏状态与原始模型的平均余弦。</translation>
    </message>
    <message>
        <source>Mean cosine of the mean hidden state of each window with the original&apos;s: what embeddings are made of.</source>
        <translation>每个窗口的平均隐藏状态与原始模型的平均余弦：嵌入向量由此构成。</translation>
    </message>
    <message>
        <source>Mean negative log-likelihood of masked tokens.</source>
        <translation>被掩码 token 的平均负对数似然。</translation>
    </message>
    <message>
        <source>Mean negative log-likelihood per predicted token.</source>
        <translation>每个预测 token 的平均负对数似然。</translation>
    </message>
    <message>
        <source>Mean of the weights.</source>
        <translation>权重的均值。</translation>
    </message>
    <message>
        <source>Measures once, in about a minute, how fast llama.cpp reads each format on this machine&apos;s processor. Plans then predict the tokens per second, and can be chosen by that.</source>
        <translation>测量一次 llama.cpp 在本机处理器上读取各格式的速度，约一分钟：此后方案会说明每秒生成多少 token，并可据此选择。</translation>
    </message>
    <message>
        <source>Measured once in the original model, or layer by layer behind the already compressed layers.</source>
        <translation>在原始模型中测量一次，或在先前已压缩的层之后逐层测量。</translation>
    </message>
    <message>
        <source>Measured: tokens generated per second.</source>
        <translation>实测：每秒生成的 token 数。</translation>
    </message>
    <message>
        <source>Measured: tokens read per second.</source>
        <translation>实测：每秒读取的 token 数。</translation>
    </message>
    <message>
        <source>Merged adapters cost nothing and can&apos;t be told from a fine-tuned model; kept apart they can be exported on their own (PEFT). Automatic: merged, but beside layers that are quantized, which merging would unpack.</source>
        <translation>合并后的适配器没有额外开销，与微调模型无异；分开保留则可单独导出 (PEFT)。自动：合并，但量化层旁分开保留，因为合并会解包这些层。</translation>
    </message>
    <message>
        <source>Maximum minutes of GPTQ and training; 0: no limit. The number of steps that fit is estimated beforehand from the time of the held-out samples. A result that was cut short by the time limit belongs to this run alone, as after Stop early: another run with the same settings trains again.</source>
        <translation>GPTQ 与训练的最长分钟数；0：不限。可用步数根据留出样本的耗时事先计算。因时限截断的结果只由本次运行保留，与提前停止相同：以相同设置再次运行会重新训练。</translation>
    </message>
    <message>
        <source>Momentum (of SGD too).</source>
        <translation>动量（也用于 SGD）。</translation>
    </message>
    <message>
        <source>Most that tensors took of the accelerator&apos;s memory while the block ran.</source>
        <translation>该模块运行期间张量占用加速器内存的最大值。</translation>
    </message>
    <message>
        <source>Nearest takes a second for each 10 to 20 million weights on a core. GPTQ lets later weights compensate for the error of earlier ones, and loses less.</source>
        <translation>就近舍入在单核上每 1000 万至 2000 万权重约需一秒。GPTQ 让后面的权重弥补前面的误差，损失更小。</translation>
    </message>
    <message>
        <source>Number of layers to remove.</source>
        <translation>要移除的层数。</translation>
    </message>
    <message>
        <source>Number of ranges to try, from the full range down to a fifth of it. Time grows with it.</source>
        <translation>从完整范围到其五分之一之间尝试的范围数。越多耗时越长。</translation>
    </message>
    <message>
        <source>Numbers from 0, e.g. 20, 21, 25-27.</source>
        <translation>从 0 开始的编号，如 20, 21, 25-27。</translation>
    </message>
    <message>
        <source>Of all experts. No layer keeps fewer than each token is sent to. Where the router chooses among groups of experts, each group keeps equally many.</source>
        <translation>占全部专家的比例。任何层保留的专家都不少于每个 token 所用的数量。若路由器按专家组选择，各组保留数量相同。</translation>
    </message>
    <message>
        <source>Number of trainings of each control, with different seeds; their mean is shown.</source>
        <translation>每个对照的次数，使用不同随机数；显示其平均值。</translation>
    </message>
    <message>
        <source>Of each layer, with the largest weights kept, whole groups that share a key; 0: all.</source>
        <translation>每层保留权重最大的头，按共用键的整组保留；0：全部。</translation>
    </message>
    <message>
        <source>Of scales and norms, as a share of each: a step changes one by about this much.</source>
        <translation>缩放和归一化权重的学习率，为各自的比例：每步大约改变这么多。</translation>
    </message>
    <message>
        <source>Of the MLP, with the largest weights kept; 0: all.</source>
        <translation>MLP 的中间维，保留权重最大的；0：全部。</translation>
    </message>
    <message>
        <source>Of the MLP; 0: all stays.</source>
        <translation>MLP 的中间维；0：全部保留。</translation>
    </message>
    <message>
        <source>Of the MLP; 0: as the config says.</source>
        <translation>MLP 的中间维；0：按配置。</translation>
    </message>
    <message>
        <source>Of the low-rank term, in steps of the integers: 5e-3 for short runs, 1e-3 in the paper.</source>
        <translation>低秩项的学习率，以整数步长计：短训练取 5e-3，论文为 1e-3。</translation>
    </message>
    <message>
        <source>Initial proportions of the samples, in the order of the domains; they are scaled to a sum of 1. Empty: equal proportions.</source>
        <translation>各领域最初的样本比例，按领域顺序；会缩放到总和为 1。留空：均等。</translation>
    </message>
    <message>
        <source>Of the student, with the largest embeddings kept; 0: that of the model.</source>
        <translation>学生模型的隐藏维度，保留嵌入最大的维；0：与模型相同。</translation>
    </message>
    <message>
        <source>Compare weights across the whole model, so that each layer loses as much as it can spare, or within each layer, so that all lose the same share.</source>
        <translation>整个模型：每层按可承受程度减少；或逐层：各层减少相同比例。</translation>
    </message>
    <message>
        <source>Number of whole searches, with different initial weights and a different order of the samples: means and 95 % confidence intervals are reported. The ticket of the first search is the result.</source>
        <translation>整个搜索的重复次数，使用不同的初始权重与样本顺序：报告均值与 95 % 置信区间。结果取第一次搜索得到的子网络。</translation>
    </message>
    <message>
        <source>One rotation of the whole model&apos;s width.</source>
        <translation>覆盖整个模型宽度的一个旋转。</translation>
    </message>
    <message>
        <source>One scale, signed so that the largest weight is exact. Asymmetric ranges fit skewed groups better and store a zero point with every scale.</source>
        <translation>单一缩放，其符号使最大权重精确。非对称范围更适合偏斜的组，并为每个缩放存储零点。</translation>
    </message>
    <message>
        <source>PATTERN=NUMBERS, counted from 0, such as layers.0.*=3 7: a pattern of the names of modules of experts. Each layer has to lose equally many.</source>
        <translation>模式=编号，从 0 开始，如 layers.0.*=3 7：专家模块名称的模式。各层移除数量必须相同。</translation>
    </message>
    <message>
        <source>PATTERN=NUMBERS, counted from 0, such as layers.0=0-2 7: a pattern of the names of decoder layers. Each layer has to lose equally many: whole groups that share a key/value head, or equally many of each group.</source>
        <translation>模式=编号，从 0 开始，例如 layers.0=0-2 7：解码器层名称的模式。每层必须移除同样多的头：要么是共享一个键/值头的整组，要么从每组移除同样多。</translation>
    </message>
    <message>
        <source>PATTERN=NUMBERS, counted from 0, such as layers.0=0-31 77: a pattern of the names of decoder layers. Each layer has to lose equally many.</source>
        <translation>模式=编号，从 0 开始，例如 layers.0=0-31 77：解码器层名称的模式。每层必须移除同样多的通道。</translation>
    </message>
    <message>
        <source>Paged: on a CUDA device its state moves to the CPU&apos;s memory when that of the device runs short. Elsewhere AdamW takes its place, and the log says so.</source>
        <translation>分页：在 CUDA 设备上，显存不足时状态移至 CPU 内存。其他设备上由 AdamW 代替，并在日志中说明。</translation>
    </message>
    <message>
        <source>Parameters of the dense equal, tied ones counted once.</source>
        <translation>等价稠密模型的参数，共享参数只计一次。</translation>
    </message>
    <message>
        <source>Pieces of the text that GPTQ is calibrated on.</source>
        <translation>用于校准 GPTQ 的文本片段数。</translation>
    </message>
    <message>
        <source>Pieces of the text that are used, spread evenly over it.</source>
        <translation>使用的文本片段数，在文本中均匀分布。</translation>
    </message>
    <message>
        <source>Pieces of the text that every layer is trained on, evenly spaced. Their hidden states are in memory three times.</source>
        <translation>训练每层所用的文本片段数，在文本中均匀分布。其隐藏状态在内存中占三份。</translation>
    </message>
    <message>
        <source>Precision of matrix products; weights, losses and optimizer stay in float32. Automatic: bfloat16 on a GPU that has it, float32 elsewhere.</source>
        <translation>矩阵乘法的精度；权重、损失与优化器保持 float32。自动：GPU 支持时用 bfloat16，否则 float32。</translation>
    </message>
    <message>
        <source>Precision of matrix products; what is learned, losses and optimizer stay in float32. Automatic: bfloat16 on a GPU or processor that has units for it, else float32.</source>
        <translation>矩阵乘法的精度；学习的参数、损失与优化器保持 float32。自动：GPU 或处理器有相应单元时用 bfloat16，否则 float32。</translation>
    </message>
    <message>
        <source>Projected lengths of the layers one by one, instead of the same for all: 256, 256, 128, 64.</source>
        <translation>逐层指定投影长度，而非全部相同：256, 256, 128, 64。</translation>
    </message>
    <message>
        <source>Quantize the output layer. Tied to the embedding, both share one copy if both are quantized.</source>
        <translation>量化输出层。与嵌入共享时，若两者都量化则共用一份。</translation>
    </message>
    <message>
        <source>Quantize the token embedding. It is a large part of small models.</source>
        <translation>量化 token 嵌入。在小模型中占很大比例。</translation>
    </message>
    <message>
        <source>Ranges that are symmetric around zero, as runtimes for 8-bit activations expect.</source>
        <translation>上下对称的范围：8 位激活的运行时通常要求如此。</translation>
    </message>
    <message>
        <source>Rank of each layer&apos;s update. A higher rank can learn more and costs memory in proportion.</source>
        <translation>每层更新的秩。秩越高可学内容越多，内存按比例增加。</translation>
    </message>
    <message>
        <source>Rank of the low-rank term.</source>
        <translation>低秩项的秩。</translation>
    </message>
    <message>
        <source>Ranks are rounded down to a multiple, which suits processors, and later quantization in groups.</source>
        <translation>秩向下取整为该数的倍数，适合处理器以及之后的分组量化。</translation>
    </message>
    <message>
        <source>Recomputes each layer in the backward pass instead of storing its activations: a third more time, much less memory.</source>
        <translation>反向传播时重新计算每层而不保存激活：耗时增加三分之一，内存大幅减少。</translation>
    </message>
    <message>
        <source>Relative error that FP4 (E2M1) would make, in blocks of 64.</source>
        <translation>以每块 64 个使用 FP4 (E2M1) 的相对误差。</translation>
    </message>
    <message>
        <source>Relative error that MXFP4 would make, in its groups of 32.</source>
        <translation>以每组 32 个使用 MXFP4 的相对误差。</translation>
    </message>
    <message>
        <source>Relative error that NF4 would make, in blocks of 64.</source>
        <translation>以每块 64 个使用 NF4 的相对误差。</translation>
    </message>
    <message>
        <source>Relative error that NVFP4 would make, in its groups of 16.</source>
        <translation>以每组 16 个使用 NVFP4 的相对误差。</translation>
    </message>
    <message>
        <source>Relative error that symmetric int4 would make, in groups of 64.</source>
        <translation>以每组 64 个使用对称 int4 的相对误差。</translation>
    </message>
    <message>
        <source>Rewinds to the weights after this many steps; learning rate and data continue from there. Larger networks need it: a few percent of the training.</source>
        <translation>回退到该步数之后的权重；学习率与数据从那里继续。较大的网络需要：约为训练的百分之几。</translation>
    </message>
    <message>
        <source>Round the inputs of the layers too while training and after, with a scale for every token.</source>
        <translation>训练时及之后也舍入层的输入，每个 token 一个缩放。</translation>
    </message>
    <message>
        <source>Round the inputs of the layers too, with a scale for each token that is computed at run time.</source>
        <translation>同时舍入层的输入，每个 token 的缩放在运行时计算。</translation>
    </message>
    <message>
        <source>Round the inputs of the layers too, with scales computed at run time, for every token or its groups; or with a scale for the whole layer that is fixed on a text, which NVFP4 has beside those of its groups.</source>
        <translation>同时舍入层的输入，缩放在运行时按 token 或其分组计算；或使用由文本确定的整层缩放，NVFP4 在分组缩放之外也有该缩放。</translation>
    </message>
    <message>
        <source>Rounds high-energy inputs first, while many others can still compensate for their error. Groups stay where they are.</source>
        <translation>先舍入能量大的输入，此时许多其他输入仍可弥补误差。分组位置不变。</translation>
    </message>
    <message>
        <source>Runs the teacher once beforehand and stores its k most likely tokens for each position on disk, with one number for all others: the student is then trained without the teacher in memory. 64 to 128 lose almost nothing. 0: the teacher runs during training.</source>
        <translation>事先运行教师模型一次，将每个位置最可能的 k 个 token 存盘，其余合为一个数：之后训练学生模型时无需将教师模型载入内存。64 到 128 几乎没有损失。0：教师模型同时运行。</translation>
    </message>
    <message>
        <source>Runtimes for 8-bit weights and activations expect it; asymmetric ones lose less at 4 bits.</source>
        <translation>8 位权重与激活的运行时要求对称；4 位时非对称损失更小。</translation>
    </message>
    <message>
        <source>Runtimes for 8-bit weights and activations expect it; asymmetric ones, the authors&apos; choice, lose less.</source>
        <translation>8 位权重与激活的运行时要求对称；作者选择的非对称损失更小。</translation>
    </message>
    <message>
        <source>Samples held out for evaluation, spread evenly over the text, if possible none that an earlier block was calibrated on; 0: none.</source>
        <translation>留作评估的样本数，在文本中均匀分布，并尽量避开前面的块校准时用过的样本；0：无。</translation>
    </message>
    <message>
        <source>Samples held out, evenly spaced over the text, if possible none that an earlier block was calibrated on. The result is used only if its divergence from the original is lower on them.</source>
        <translation>留出的样本数，在文本中均匀分布，并尽量避开前面的块校准时用过的样本。仅当与原始模型的散度在其上降低时才保留结果。</translation>
    </message>
    <message>
        <source>Samples of one forward pass on one device; the gradients of several passes are added up to a step. Smaller needs less memory. It changes the result only by rounding.</source>
        <translation>单个设备一次前向的样本数；多次的梯度累加为一步。越小占用内存越少，结果只因舍入略有不同。</translation>
    </message>
    <message>
        <source>Samples of one step, over all devices.</source>
        <translation>每步的样本数，所有设备合计。</translation>
    </message>
    <message>
        <source>Samples of one step, over all devices. The authors take 32.</source>
        <translation>每步的样本数，所有设备合计。作者使用 32。</translation>
    </message>
    <message>
        <source>Samples of one step.</source>
        <translation>每步的样本数。</translation>
    </message>
    <message>
        <source>Samples that GPTQ is calibrated on, spread evenly over those that are trained on.</source>
        <translation>GPTQ 校准所用的样本，均匀取自训练样本。</translation>
    </message>
    <message>
        <source>Samples that are only evaluated.</source>
        <translation>仅用于评估的样本数。</translation>
    </message>
    <message>
        <source>Samples that are trained on, spread evenly over the text; 0: as many as the steps see.</source>
        <translation>用于训练的样本数，在文本中均匀分布；0：按步数所需。</translation>
    </message>
    <message>
        <source>Scales, minima, super-scales and sub-scales as the format stores them; codes, by learned rounding to neighboring levels, which takes 4 bytes per weight; or both.</source>
        <translation>格式所存储的缩放、最小值、超级缩放与子缩放；编码，通过学习向相邻级别舍入，每个权重需 4 字节；或两者。</translation>
    </message>
    <message>
        <source>Sensitivities are measured and the plan is rounded on this text. A part that neither of them uses is held out for measuring plans. &apos;pipeline&apos; for the text of the pipeline, a text file or folder of them, a data set on the hub (hub:name), or bundled texts (&apos;mixed&apos; or &apos;sample&apos;).</source>
        <translation>用于测量敏感度和对方案舍入的文本；不参与两者的一部分留作测量方案。&apos;pipeline&apos; 表示流水线的文本；也可以是文本文件或其文件夹、Hub 上的数据集 (hub:name) 或内置文本（&apos;mixed&apos; 或 &apos;sample&apos;）。</translation>
    </message>
    <message>
        <source>Share of a group&apos;s weights within the range; the others are clipped.</source>
        <translation>范围所包含的组内权重比例；其余被截断。</translation>
    </message>
    <message>
        <source>Share of a layer&apos;s inputs that is dropped before the update during training.</source>
        <translation>训练时更新看不到的层输入比例。</translation>
    </message>
    <message>
        <source>Share of exact zeros among the weights of the linear layers.</source>
        <translation>线性层权重中精确为零的比例。</translation>
    </message>
    <message>
        <source>Share of exact zeros.</source>
        <translation>精确为零的比例。</translation>
    </message>
    <message>
        <source>Share of its uniform rank that every layer keeps. Without a floor some ranks fall to almost nothing.</source>
        <translation>每层至少保留其统一秩的比例。没有下限时，有些秩会降到几乎为零。</translation>
    </message>
    <message>
        <source>Share of the generation check&apos;s answers that repeat themselves.</source>
        <translation>生成检查中出现自我重复的回答比例。</translation>
    </message>
    <message>
        <source>Share of the original&apos;s greedy answer before the first token that differs, mean over prompts.</source>
        <translation>原始模型贪心回答中首个不同 token 之前的比例，对各提示取平均。</translation>
    </message>
    <message>
        <source>Share of the parameters that the block changed; the rest is unchanged.</source>
        <translation>该模块更改的参数比例；其余保持原样。</translation>
    </message>
    <message>
        <source>Share of the parameters, parameters in millions, megabytes on disk as the model is stored, or milliseconds that this machine takes to read one sample, which is measured on random weights.</source>
        <translation>参数比例、百万参数数、模型存储的磁盘兆字节数，或本机读取一个样本的毫秒数（用随机权重测量）。</translation>
    </message>
    <message>
        <source>Share of the plain next-token loss on the text; the rest is the divergence.</source>
        <translation>文本上普通下一 token 损失所占比例；其余为散度。</translation>
    </message>
    <message>
        <source>Share of the steps in which the learning rate rises from zero.</source>
        <translation>学习率从零上升的步数比例。</translation>
    </message>
    <message>
        <source>Share of the steps in which the rates rise from zero.</source>
        <translation>各学习率从零上升的步数比例。</translation>
    </message>
    <message>
        <source>Share of the steps in which the target moves from no pruning to the full target.</source>
        <translation>目标从零逐步达到完整剪除量的步数比例。</translation>
    </message>
    <message>
        <source>Share of the steps whose texts the student generates itself, so that it learns from its own mistakes. Generating takes several times as long as training.</source>
        <translation>由学生模型自行生成文本的步数比例，使其从自己的错误中学习。生成耗时是学习的数倍。</translation>
    </message>
    <message>
        <source>Share of the sum of squared singular values that is kept. Layers where that saves nothing stay as they are.</source>
        <translation>保留的奇异值平方和比例。无法因此节省的层保持不变。</translation>
    </message>
    <message>
        <source>Share of the tokens that the original is sure of (90 %) in its answers, and this one would write otherwise.</source>
        <translation>原始模型在回答中确信 (90 %) 而当前模型会写成其他内容的 token 比例。</translation>
    </message>
    <message>
        <source>Share of the values behind the embedding, each attention and each MLP that are dropped while training.</source>
        <translation>训练时在嵌入、每个注意力和每个 MLP 之后丢弃的值的比例。</translation>
    </message>
    <message>
        <source>Share of the weights of every layer that is removed, unless an exception says otherwise.</source>
        <translation>每层去掉的权重比例，除非另有例外。</translation>
    </message>
    <message>
        <source>Share of the weights of the linear layers that is removed. Not used with ranks by energy.</source>
        <translation>从线性层去掉的权重比例。按能量分配秩时不起作用。</translation>
    </message>
    <message>
        <source>Share of the weights of the pruned layers that remain at the end. Every round keeps the same fraction of the remaining ones; the output layer, and an embedding that shares its table, can lose half as many.</source>
        <translation>剪枝层最终保留的权重比例。每轮保留剩余权重的相同比例；输出层的表及共享它的嵌入可减少一半。</translation>
    </message>
    <message>
        <source>Share of tokens with the same most likely successor.</source>
        <translation>最可能的下一个 token 相同的比例。</translation>
    </message>
    <message>
        <source>Shown in the window&apos;s title, the history and the reports.</source>
        <translation>显示在窗口标题、历史记录和报告中。</translation>
    </message>
    <message>
        <source>Signal to quantization noise against the original weight, in decibels; higher is better.</source>
        <translation>相对原始权重的信号与量化噪声比（分贝）；越高越好。</translation>
    </message>
    <message>
        <source>Slots k that keys and values are projected to, in every layer. For encoders.</source>
        <translation>每层的键与值投影到的槽数 k。用于编码器。</translation>
    </message>
    <message>
        <source>Smallest weight.</source>
        <translation>最小权重。</translation>
    </message>
    <message>
        <source>Number of samples for the backward pass, whose gradients tell how much an error of each output costs. More samples are more accurate and take longer.</source>
        <translation>这么多样本还会反向通过模型：其梯度表示每个输出误差的代价。越多越精确，耗时越长。</translation>
    </message>
    <message>
        <source>Number of samples that are evaluated for every layer that is removed on trial.</source>
        <translation>每试移除一层，都会重新读取这么多样本。</translation>
    </message>
    <message>
        <source>SparseGPT visits high-energy inputs first, while many others can still compensate for what is removed. Not with 2:4 and 4:8.</source>
        <translation>SparseGPT 先处理能量大的输入，此时还有许多其他输入可弥补去掉的部分。不用于 2:4 与 4:8。</translation>
    </message>
    <message>
        <source>Standard deviation of the weights.</source>
        <translation>权重的标准差。</translation>
    </message>
    <message>
        <source>Step of signed gradient descent, in levels: a weight moves by at most this much in a step. Behind GPTQ it moves by more, since codes start in the middle of their level; only weights whose gradient keeps its sign change their code.</source>
        <translation>符号梯度下降的步长，以级别计：权重每步最多移动这么多。在 GPTQ 之后移动更多，因为编码从其级别的中间开始：只有梯度保持符号的编码才会移动。</translation>
    </message>
    <message>
        <source>Steps between two evaluations on held-out samples, after which the shares of domains move; 0: only at the end.</source>
        <translation>两次留出样本评估之间的步数，之后领域比例会变化；0：仅在结束时。</translation>
    </message>
    <message>
        <source>Steps between two evaluations on held-out samples. The step with the lowest loss tells how fast a network learns.</source>
        <translation>两次留出样本评估之间的步数。损失最低的一步反映网络学习的快慢。</translation>
    </message>
    <message>
        <source>Steps between two evaluations on held-out samples; 0: only at the end.</source>
        <translation>两次留出样本评估之间的步数；0：仅在结束时。</translation>
    </message>
    <message>
        <source>Steps in which only the projections are trained, so that each layer reproduces its original output.</source>
        <translation>仅训练投影的步数，使每层的输出与之前一致。</translation>
    </message>
    <message>
        <source>Steps of the optimization. Each group keeps the best of them.</source>
        <translation>优化步数。每组保留其中最好的。</translation>
    </message>
    <message>
        <source>Steps of the optimizer, at most. Most is gained in the first 40.</source>
        <translation>优化器的最多步数。大部分收益在前 40 步。</translation>
    </message>
    <message>
        <source>Steps of the optimizer.</source>
        <translation>优化器的步数。</translation>
    </message>
    <message>
        <source>Steps of the optimizer. Most is gained in the first 20; the authors take 10 000.</source>
        <translation>优化器的步数。大部分收益在前 20 步；作者使用 10 000 步。</translation>
    </message>
    <message>
        <source>Steps of the optimizer; of every layer, where they are trained one after the other. The authors train 50 epochs over 132 000 samples.</source>
        <translation>优化器的步数；逐层训练时为每层的步数。作者在 132 000 个样本上训练 50 轮。</translation>
    </message>
    <message>
        <source>Steps of the recovery.</source>
        <translation>恢复训练的步数。</translation>
    </message>
    <message>
        <source>Stops after this many evaluations in a row without a better loss, and restores the best weights; 0: never.</source>
        <translation>连续这么多次评估损失没有改善则停止，并恢复最佳权重；0：从不。</translation>
    </message>
    <message>
        <source>Stored bits per weight, scales and zero points included.</source>
        <translation>每个权重存储的位数，含缩放与零点。</translation>
    </message>
    <message>
        <source>Stores the scales in 8 bits too: 4.13 instead of 4.5 bits a weight in blocks of 64.</source>
        <translation>缩放也以 8 位存储：每块 64 个时每权重 4.13 位，而非 4.5 位。</translation>
    </message>
    <message>
        <source>Student:teacher, numbers beginning with 0: 0:1, 1:3.</source>
        <translation>学生:教师，编号从 0 开始：0:1, 1:3。</translation>
    </message>
    <message>
        <source>Symmetric: the share of the reverse KL. Jensen–Shannon: β; 0.5 is symmetric, 0 is forward KL, 1 is reverse KL. Skewed: α, how much of the other distribution is mixed in; 0 is the plain KL.</source>
        <translation>对称：反向 KL 的比例。Jensen–Shannon：β，0.5 为对称，0 为前向 KL，1 为反向 KL。偏斜：α，混入另一分布的比例；0 为普通 KL。</translation>
    </message>
    <message>
        <source>Texts to sample from, in proportions that can change during training, each as name = text, where text is a file, sample:stories or a data set on the hub. Empty: the one text above.</source>
        <translation>按可在训练中变化的比例抽取的文本，写作 名称 = 文本，其中文本为文件、sample:stories 或 Hub 上的数据集。留空：使用上面的单个文本。</translation>
    </message>
    <message>
        <source>The 16-bit model&apos;s predictions, whose gradients agree from batch to batch; or the text itself, as published, which needs many more samples.</source>
        <translation>16 位模型的预测，各批次的梯度较为一致；或文本本身（与论文一致），需要多得多的样本。</translation>
    </message>
    <message>
        <source>The divergence from the teacher&apos;s predictions, which is better for short runs, or the next token of the text, as in the paper.</source>
        <translation>与教师模型预测的散度，更适合短训练；或文本的下一个 token，与作者相同。</translation>
    </message>
    <message>
        <source>The energy of the input of each weight, so that errors are weighted by their effect. Collected on a text, or read from a file that llama-imatrix or this program wrote. GPTQ needs the text.</source>
        <translation>到达每个权重的输入能量，使重要部分得到仔细舍入。在文本上收集，或读取 llama-imatrix 或本程序写出的文件。GPTQ 需要文本。</translation>
    </message>
    <message>
        <source>The highest step size of the weights.</source>
        <translation>权重的最大步长。</translation>
    </message>
    <message>
        <source>The highest step size.</source>
        <translation>最大步长。</translation>
    </message>
    <message>
        <source>The highest step size. 1e-4 to 4e-4 in the paper; a few hundred steps at 2e-3 do more harm than good.</source>
        <translation>最大步长。论文为 1e-4 到 4e-4；以 2e-3 训练几百步得不偿失。</translation>
    </message>
    <message>
        <source>The inputs that come from norms, as published; or also those that come from other layers, such as the inputs of the output and down projections.</source>
        <translation>归一化层写出的输入（与论文一致）；或还包括其他层写出的输入，如输出投影和 down 投影的输入。</translation>
    </message>
    <message>
        <source>The largest step of the rotations on their manifold.</source>
        <translation>旋转在其流形上的最大步长。</translation>
    </message>
    <message>
        <source>The largest weight, a percentile of the weights, or the range with the smallest error, which is slower and much better below 4 bits. Symmetric integers reach one step further on the side of the largest weight; in a narrow range, as published for absmax, they reach as far on both sides, ±127 for 8 bits. With an importance matrix the error is that of what the layers give on a text: the best of them. 4-bit floats can choose for each group whether its largest weight becomes 6 or 4. Blocks of GGUF are always searched for the smallest error, with an importance matrix or without.</source>
        <translation>最大权重、权重的百分位数，或误差最小的范围（较慢，但在 4 位以下好得多）。对称整数在最大权重一侧多一级；窄范围（absmax 论文的做法）两侧相同，8 位时为 ±127。使用重要性矩阵时，误差按层在文本上的输出计算：效果最佳。4 位浮点可为每组选择最大权重为 6 或 4。GGUF 块总是搜索最小误差，无论有无重要性矩阵。</translation>
    </message>
    <message>
        <source>The largest weight, or the range with the smallest error, weighted by the energy of the inputs, which is better below 8 bits.</source>
        <translation>最大权重，或按输入能量加权误差最小的范围；后者在 8 位以下更好。</translation>
    </message>
    <message>
        <source>The largest weight, or the range with the smallest error.</source>
        <translation>最大权重，或误差最小的范围。</translation>
    </message>
    <message>
        <source>The layer of the teacher that each layer of the student learns from.</source>
        <translation>学生模型每层所学习的教师模型层。</translation>
    </message>
    <message>
        <source>The loss falls with this power of the parameters; 0.076 is what Kaplan et al. measured.</source>
        <translation>损失随参数的该次幂下降；Kaplan 等人测得 0.076。</translation>
    </message>
    <message>
        <source>The incoming model, a smaller one made of some of its layers and their largest weights, or one with random weights.</source>
        <translation>输入模型、由其部分层及最大权重组成的较小模型，或随机权重的模型。</translation>
    </message>
    <message>
        <source>The model before quantization: a folder, a GGUF file, an id on the hub. Empty: the model linked to the teacher input, or the source that this pipeline quantized. Required for a file that was quantized elsewhere.</source>
        <translation>被量化的原始模型：文件夹、GGUF 文件或 Hub ID。留空：连接到教师输入的模型，或本流水线量化的来源。他人量化的文件需要填写。</translation>
    </message>
    <message>
        <source>The optimization minimizes the sum of |error| to this power. Below 1 it forgives a few large errors for many small ones.</source>
        <translation>优化最小化 |误差| 的该次幂之和。小于 1 时容忍少数大误差以换取许多小误差。</translation>
    </message>
    <message>
        <source>Also prunes the output layer, separately, equally many weights for each token. A head that shares the embedding&apos;s table is pruned only together with it: in a small model, most of the weights are then never pruned.</source>
        <translation>也剪枝输出层，单独计算，每个词元保留同样多的权重。与嵌入共享权重表的输出头只会随嵌入一起剪枝：否则小模型中的大部分权重永远不会被剪枝。</translation>
    </message>
    <message>
        <source>The target shape: in numbers, that of another model, one that is proposed for a budget, or what remains without the listed heads and channels.</source>
        <translation>剩下的形状：直接给出数值、采用另一个模型的形状、按预算建议的形状，或移除指定的头和通道后剩下的形状。</translation>
    </message>
    <message>
        <source>Also prunes the token embedding, separately, equally many weights for each token; where the head shares its table, at the head&apos;s rate.</source>
        <translation>也剪枝词元嵌入，单独计算，每个词元保留同样多的权重；若输出头与其共享权重表，则按输出头的剪枝率。</translation>
    </message>
    <message>
        <source>How often sensitivities are measured again on the built plan, after which a few layers change their format if that lowers the loss on the calibration text. Only for plans that are rounded to nearest and predicted to lose more than 0.1 nats per token: below that, the first measurement is accurate enough.</source>
        <translation>在方案上重新测量敏感度并在校准文本损失降低时更换若干层格式的次数。仅用于就近舍入且预计每 token 损失超过 0.1 nat 的方案：低于此值时初始代价仍然有效。</translation>
    </message>
    <message>
        <source>What a rank keeps most of. The outputs on the calibration text (SVD-LLM) are far better than the weights alone, which collapse soon. By their gradients an error of each output counts by what it costs the model&apos;s predictions: that takes a backward pass, and a decoder.</source>
        <translation>秩优先保留的内容。校准文本上的输出 (SVD-LLM) 远优于仅依据权重，后者很快崩溃。按梯度加权时，每个输出的误差按其对模型预测造成的代价计算：这需要一次反向传播，且只适用于解码器。</translation>
    </message>
    <message>
        <source>The program that will run the file. It determines which formats are available and which layers must share one.</source>
        <translation>将运行该文件的程序：它决定可用的格式以及哪些层必须一致。</translation>
    </message>
    <message>
        <source>removed layers</source>
        <translation>移除的层数</translation>
    </message>
    <message>
        <source>{0} removed</source>
        <translation>已移除 {0} 层</translation>
    </message>
    <message>
        <source>Minutes after which no further round or search begins; 0: no limit. Building and comparing take additional time. A result that was cut short by the time limit belongs to this run alone, as after Stop early: another run with the same settings starts again.</source>
        <translation>超过该分钟数后不再开始新的一轮或搜索；0：不限。构建与比较另计。因时限截断的结果只由本次运行保留，与提前停止相同：以相同设置再次运行会重新开始。</translation>
    </message>
    <message>
        <source>Samples that neither sensitivities nor rounding use: the guard compares models on them. More samples reveal smaller differences.</source>
        <translation>敏感度与舍入都未使用的样本：防护在其上比较各模型。样本越多，能分辨的差异越小。</translation>
    </message>
    <message>
        <source>The gradient of the rotation also goes through the smallest and largest value of each token. Off: as published.</source>
        <translation>旋转还会学习各 token 最小值与最大值的变化。关闭：与论文一致。</translation>
    </message>
    <message>
        <source>The same as a share of the bytes that it got.</source>
        <translation>同上，按其收到的字节数计算的比例。</translation>
    </message>
    <message>
        <source>The same mask with new random weights, and a random mask with the same number of weights in each layer, to compare the ticket with. Each costs one training.</source>
        <translation>使用新随机权重的同一掩码，以及每层权重数相同的随机掩码：没有它们就无法判断该子网络的价值。每个对照需一次训练。</translation>
    </message>
    <message>
        <source>The same share for every layer; one budget that is distributed over the layers to remove the most error; or the rank at which each layer retains a share of its energy.</source>
        <translation>各层比例相同；按可减少的误差在各层间分配同一预算；或每层保留一定比例的能量。</translation>
    </message>
    <message>
        <source>The search minimizes the sum of |error| to this power. The authors recommend 3 to 4.</source>
        <translation>搜索最小化 |误差| 的该次幂之和。作者建议 3 到 4。</translation>
    </message>
    <message>
        <source>The search minimizes the sum of |error| to this power: 2 is the squared error, more spares the large weights.</source>
        <translation>搜索最小化 |误差| 的该次幂之和：2 为平方误差，更大则更照顾大权重。</translation>
    </message>
    <message>
        <source>Solves the second factor again for the layer&apos;s inputs behind the already compressed layers; or first fits the whole weight to the outputs of the original model, which compensates for part of the errors of earlier layers.</source>
        <translation>根据先前已压缩层之后的实际输入重新求解第二个因子；或先将整个权重拟合到原始模型在此处的计算结果，从而部分弥补前面层的误差。</translation>
    </message>
    <message>
        <source>The target shape: in numbers, that of another model, or one that is proposed for a budget.</source>
        <translation>剩余的形状：以数值给出、取自其他模型，或按预算建议。</translation>
    </message>
    <message>
        <source>The share of a token&apos;s range that is used; values beyond it are clipped. Where ranges are learned, this is the initial value.</source>
        <translation>使用的 token 范围比例；超出部分被截断。学习旋转时，这只是初始值。</translation>
    </message>
    <message>
        <source>The share of the range that is used.</source>
        <translation>使用的范围比例。</translation>
    </message>
    <message>
        <source>The teacher generates them now, or they already exist: a text, or prompts with the answers of a teacher that runs elsewhere.</source>
        <translation>由教师模型现在生成，或已经存在：文本，或带有在别处运行的教师模型回答的提示。</translation>
    </message>
    <message>
        <source>Also trains the token embedding and the head; without them, less memory is needed.</source>
        <translation>也包括 token 嵌入与输出头；不包括则所需内存更少。</translation>
    </message>
    <message>
        <source>The type of the head; of the embedding too where they are one tensor.</source>
        <translation>输出头的类型；若与嵌入为同一张量，也用于嵌入。</translation>
    </message>
    <message>
        <source>The type of the token embedding.</source>
        <translation>token 嵌入的类型。</translation>
    </message>
    <message>
        <source>The update is multiplied by alpha / rank (rank-stabilized: alpha / √rank). A larger rank with the same alpha makes smaller steps.</source>
        <translation>更新乘以 alpha / 秩（秩稳定时为 alpha / √秩）。alpha 不变时，秩越大步长越小。</translation>
    </message>
    <message>
        <source>Learns the clipping ratio wherever activations are rounded.</source>
        <translation>在每个舍入激活的位置学习使用的范围比例。</translation>
    </message>
    <message>
        <source>Also trains the weights of the model&apos;s norms. Embeddings and head are never trained.</source>
        <translation>模型归一化层的权重也参与学习。嵌入与输出头从不参与。</translation>
    </message>
    <message>
        <source>Also stores the weights of this step with the result, so that a lottery ticket can rewind to them; 0: only the initial weights.</source>
        <translation>该步的权重也与结果一同保留，供彩票假设剪枝回退；0：仅保留初始权重。</translation>
    </message>
    <message>
        <source>The whole model at once, from the teacher&apos;s predictions and hidden states, as in the paper; or layer by layer, each from the teacher&apos;s layer: for models that don&apos;t fit into memory three times.</source>
        <translation>整个模型同时学习教师模型的预测与隐藏状态，与论文一致；或逐层学习教师模型的对应层：适用于内存放不下三份的模型。</translation>
    </message>
    <message>
        <source>The highest step size of ranges and scales. Rotations use the learning rate.</source>
        <translation>它们在优化器中的最大步长；旋转使用学习率。</translation>
    </message>
    <message>
        <source>The logarithm of the scales, so that a step changes every scale by the same share, or the scales themselves.</source>
        <translation>学习其对数，使每步对各缩放为相同比例；或直接学习。</translation>
    </message>
    <message>
        <source>Their numbers in rising order, beginning with 0; empty: spread evenly.</source>
        <translation>从 0 开始的递增编号；留空：均匀分布。</translation>
    </message>
    <message>
        <source>Measures time and memory of the attention on this machine, from 512 tokens up to this number, next to exact attention, and plots them. 65536 tokens take about two minutes on two cores; 0: off.</source>
        <translation>在本机上测量从 512 到该数量 token 的注意力耗时与内存，与精确注意力对比并绘图。65536 个 token 在双核上约需两分钟；0：不测量。</translation>
    </message>
    <message>
        <source>Time of the block without measuring: it loads layers, compresses them and stores the result.</source>
        <translation>该模块不含测量的用时：加载层、压缩并存储结果。</translation>
    </message>
    <message>
        <source>Added to the diagonal of GPTQ&apos;s Hessian, as a multiple of its mean. It is raised automatically where it is not enough.</source>
        <translation>加到 GPTQ 的 Hessian 对角线上的量，为其均值的倍数。不足时会自动增大。</translation>
    </message>
    <message>
        <source>Number of tokens at the start of a piece of text that the teacher continues. Records have their own prompts.</source>
        <translation>教师模型续写所用文本片段的 token 数。带提示的记录使用其自身的提示。</translation>
    </message>
    <message>
        <source>Number of tokens at the start of a sample that the student continues. Records with a prompt use their prompt.</source>
        <translation>学生模型续写所用样本的 token 数；带提示的记录则为该提示。</translation>
    </message>
    <message>
        <source>Tokens of a sample.</source>
        <translation>每个样本的 token 数。</translation>
    </message>
    <message>
        <source>Tokens per second of reading and of writing, measured.</source>
        <translation>实测的每秒读取与生成 token 数。</translation>
    </message>
    <message>
        <source>Tokens per window; windows do not overlap.</source>
        <translation>每个窗口的 token 数；窗口不重叠。</translation>
    </message>
    <message>
        <source>Number of tokens that the projections cover; longer texts are refused. 0: as many as the model has positions.</source>
        <translation>投影覆盖的 token 数；更长的文本会被拒绝。0：等于模型的位置数。</translation>
    </message>
    <message>
        <source>Context length whose key/value cache must fit too: the size then covers the file and this cache in 16 bits, as llama.cpp allocates it. 0: the file alone.</source>
        <translation>键和值也要容纳的词元数：此时大小指文件与该 16 位缓存的内存总和，按 llama.cpp 的预留方式计算。0：仅文件。</translation>
    </message>
    <message>
        <source>Number of trainings, each followed by pruning the smallest weights. 1 is one-shot pruning; more rounds find smaller networks, and each costs a whole training.</source>
        <translation>训练次数，每次之后去掉最小的权重。1 为一次性剪枝；轮数越多可找到越小的网络，每轮需完整训练一次。</translation>
    </message>
    <message>
        <source>Uniform: all layers keep the same number, because config.json has one number for all of them; the result is a stock model. Global: the experts with the smallest share of their layer&apos;s worth go, wherever they are; only the studio&apos;s own container holds such a model.</source>
        <translation>统一：所有层保留相同数量，因为 config.json 只有一个数值；结果是标准模型。全局：移除在其层中价值占比最小的专家，不论位于哪层；只有本程序的容器能保存这样的模型。</translation>
    </message>
    <message>
        <source>Unstructured keeps the best weights wherever they are. 2:4 keeps two of every four neighbors, which the tensor cores of newer GPUs compute twice as fast.</source>
        <translation>非结构化在任意位置保留最佳权重。2:4 在每 4 个相邻权重中保留 2 个，较新 GPU 的张量核心可快一倍计算。</translation>
    </message>
    <message>
        <source>Weight of the KL divergence between the attention maps; 0: not used. Takes length × length values of memory per head.</source>
        <translation>注意力图之间 KL 散度的权重；0：不考虑。每个头需要 长度×长度 的内存。</translation>
    </message>
    <message>
        <source>Weight of the divergence from the teacher&apos;s predictions, in nats per token. The authors&apos; code amounts to 20.</source>
        <translation>与教师模型预测的散度的权重，每 token 的 nat。作者代码相当于 20。</translation>
    </message>
    <message>
        <source>Weight of the divergence of the next-token distributions, for models that predict tokens.</source>
        <translation>下一 token 分布散度的权重，用于预测 token 的模型。</translation>
    </message>
    <message>
        <source>Weight of the plain next-token loss on the text, for models that predict tokens.</source>
        <translation>文本上普通下一 token 损失的权重，用于预测 token 的模型。</translation>
    </message>
    <message>
        <source>Weight of the quadratic term in the first step. Larger values leave fewer errors out as outliers.</source>
        <translation>第一步中二次项的权重。值越大，作为离群值忽略的误差越少。</translation>
    </message>
    <message>
        <source>Weight of the squared distance between normalized hidden states, summed over the layers.</source>
        <translation>归一化隐藏状态间平方距离的权重，对各层求和。</translation>
    </message>
    <message>
        <source>Trains the weights together with the masks. Training masks alone needs far less memory.</source>
        <translation>权重也参与学习，而不仅是掩码；仅学习掩码所需内存少得多。</translation>
    </message>
    <message>
        <source>Weights of a row of integers that share a scale. Layers whose inputs it does not divide stay as they are.</source>
        <translation>整数一行中共用一个缩放的权重数。输入数不能被其整除的层保持不变。</translation>
    </message>
    <message>
        <source>Weights of one row that share a scale and a minimum. It has to divide the inputs of every layer.</source>
        <translation>一行中共用缩放与最小值的权重数。必须能整除每层的输入数。</translation>
    </message>
    <message>
        <source>Weights of one row that share a scale. It must divide the inputs of every layer. Most runtimes are fastest with 128.</source>
        <translation>一行中共用一个缩放的权重数。必须能整除每层的输入数。多数运行时最适合 128。</translation>
    </message>
    <message>
        <source>Weights of the dense equal.</source>
        <translation>等价稠密层的权重数。</translation>
    </message>
    <message>
        <source>Weights that share a scale, counted through the rows of the matrix.</source>
        <translation>共用一个缩放的权重数，按矩阵的行依次计数。</translation>
    </message>
    <message>
        <source>Importance of a head or a dimension: its magnitude on the text times the weights that read it, which is its contribution; or its magnitude alone, as published.</source>
        <translation>注意力头或值的价值：其在文本上的大小乘以读取它的权重，即其贡献；或仅其大小，与论文一致。</translation>
    </message>
    <message>
        <source>What a weight is written as. Integers are what most runtimes compute with; NF4 follows the normal distribution of weights; NVFP4 and MXFP4 are what the newest accelerators multiply; those of GGUF are what llama.cpp computes with, and leave for it bit for bit.</source>
        <translation>权重的表示形式。多数运行时使用整数计算；NF4 贴合权重的正态分布；NVFP4 与 MXFP4 由最新的加速器支持；GGUF 格式由 llama.cpp 使用，并逐位写出。</translation>
    </message>
    <message>
        <source>What an expert is worth. REAP: the mean, over the tokens that reach it, of its router weight times the norm of its output. Activation: the sum of these norms. Frequency: how many tokens reach it. At random: for comparison.</source>
        <translation>专家的价值。REAP：在到达它的 token 上，路由权重乘以其输出范数的均值。激活：这些范数之和。频率：到达它的 token 数。随机：用于对比。</translation>
    </message>
    <message>
        <source>What blocks are calibrated and trained on, and what is measured on, unless they say otherwise. Bundled: the mixed texts, or those of the sample for the sample model.</source>
        <translation>除非模块另有设置，用于校准、训练与测量的文本。内置：混合文本；示例模型则使用示例文本。</translation>
    </message>
    <message>
        <source>What is calibrated and learned on: &apos;pipeline&apos; for the text of the pipeline, a text file or folder of them, a data set on the hub (hub:name or hub:name/config/split), or bundled texts (&apos;mixed&apos; or &apos;sample&apos;).</source>
        <translation>用于校准与学习的文本：&apos;pipeline&apos; 表示流水线的文本；也可以是文本文件或其文件夹、Hub 上的数据集（hub:name 或 hub:name/config/split）或内置文本（&apos;mixed&apos; 或 &apos;sample&apos;）。</translation>
    </message>
    <message>
        <source>Final learning rates, as a share of the highest.</source>
        <translation>结束时剩余的学习率，占最高学习率的比例。</translation>
    </message>
    <message>
        <source>What it is for. Goes into reports.</source>
        <translation>用途说明，写入报告。</translation>
    </message>
    <message>
        <source>The name in llama-quantize: the type of most tensors, and which tensors get another. The number gives the bits; S, M and L tell how many tensors get more. Rows whose length is not a multiple of 256 get the type that llama.cpp gives them.</source>
        <translation>llama-quantize 的名称：多数张量的类型，以及哪些张量使用其他类型。数字为位数，S、M、L 表示有多少张量使用更多位。不能被 256 整除的行使用 llama.cpp 给出的类型。</translation>
    </message>
    <message>
        <source>What matrices that are not packed are stored in. &apos;As it is&apos; keeps them to the bit, in float32 where what they were made of needs it; vectors are float32.</source>
        <translation>未打包矩阵的存储类型。&apos;As it is&apos; 逐位保留，来源需要时为 float32；向量为 float32。</translation>
    </message>
    <message>
        <source>Data type of the tensors that the block does not quantize: norms, biases, embeddings, ignored layers, trained weights. &apos;As they came&apos; preserves the blocks of a GGUF file and other packed tensors bit for bit; the other choices unpack them.</source>
        <translation>模块没有相应格式的张量的存储类型：归一化、偏置、嵌入、未处理的层、训练的权重。保持原样会逐位保留 GGUF 文件的块及其他打包内容；其余选项会解包。</translation>
    </message>
    <message>
        <source>What tensors that are not packed are stored in. &apos;As it is&apos; keeps them to the bit.</source>
        <translation>未打包张量的存储类型。&apos;As it is&apos; 逐位保留。</translation>
    </message>
    <message>
        <source>What the model computes in while it is calibrated; statistics and solutions are float32. Automatic: bfloat16 where the processor has units for it.</source>
        <translation>校准时模型的计算类型；统计量与求解为 float32。自动：处理器有相应单元时用 bfloat16。</translation>
    </message>
    <message>
        <source>What the model is trained on after that: what the original says (its logits, or the hidden states of an encoder without a head), or the text itself (masked tokens for encoders, the next token for decoders).</source>
        <translation>之后训练模型的目标：原始模型的输出（logits，或没有输出头的编码器的隐藏状态），或文本本身（编码器为掩码 token，解码器为下一个 token）。</translation>
    </message>
    <message>
        <source>What the models compute in while they are measured. Automatic: an accelerator in what the source&apos;s weights are stored in, if it has units for that, else float32, as on the CPU.</source>
        <translation>测量时模型的计算类型。自动：加速器有相应单元时采用来源权重的存储类型，否则与 CPU 一样为 float32。</translation>
    </message>
    <message>
        <source>Initial multiplier of the squared distance from the target. The paper uses 0, which takes a few thousand steps.</source>
        <translation>与目标平方距离的乘子初值；论文为 0，需要几千步。</translation>
    </message>
    <message>
        <source>What the new model may take.</source>
        <translation>新模型允许的大小。</translation>
    </message>
    <message>
        <source>The input of the output projection has one scale per head. Off: one scale for all heads, which other programs support.</source>
        <translation>输出投影的输入为每个头使用一个缩放。关闭：所有头共用一个，其他程序可识别。</translation>
    </message>
    <message>
        <source>What the recovery changes.</source>
        <translation>恢复训练所更改的内容。</translation>
    </message>
    <message>
        <source>What the rounding minimizes: the error of each layer&apos;s output, or the KL divergence of the whole model from the original. For the latter, outputs also compensate for each other&apos;s errors, weighted by gradients from a backward pass through the calibration text. That takes about four times as long, and is for decoders only.</source>
        <translation>舍入所最小化的量：每层输出的误差，或整个模型与原始模型的 KL 散度。后者还根据校准文本上反向传播得到的梯度，使各输出相互弥补误差。耗时约为四倍，用于解码器。</translation>
    </message>
    <message>
        <source>Data type of the scales. They are rounded to it during training too.</source>
        <translation>缩放的存储类型。训练过程中会舍入到该类型。</translation>
    </message>
    <message>
        <source>Data type of the scales. float16 is the most accurate in 16 bits; bfloat16 and float32 have a larger range.</source>
        <translation>缩放的存储类型。16 位中 float16 最精确；bfloat16 与 float32 范围更大。</translation>
    </message>
    <message>
        <source>What the teacher continues: the beginnings of pieces of a text, or the prompts of a JSON lines file or of a data set on the hub (hub:name). With texts from a file: those texts, or prompts with answers.</source>
        <translation>教师模型续写的起点：文本片段的开头，或 JSON Lines 文件、Hub 数据集 (hub:name) 中的提示。使用文件中的文本时：这些文本，或带回答的提示。</translation>
    </message>
    <message>
        <source>What the remaining weights are reset to after each round: their random initial values (those of a Training from scratch block right before this one, or new ones), their values after some steps, the incoming weights, or nothing: only the learning rate restarts.</source>
        <translation>每轮之后剩余权重重置为：随机初始值（取自紧接其前的“从零训练”模块，或重新生成）、若干步之后的值、输入权重，或不重置：只重新开始学习率。</translation>
    </message>
    <message>
        <source>Whenever the held-out samples are evaluated, domains whose loss is still above their reference get more samples. The reference is the loss of the source model, that loss scaled to the smaller size by a power law, or given; or the shares stay as they are.</source>
        <translation>每次评估留出样本时，损失仍高于参考值的领域会获得更多样本。参考值为来源模型的损失、按幂律缩放到较小规模的该损失，或给定值；或比例保持不变。</translation>
    </message>
    <message>
        <source>Where B is zero, nothing changes at the start.</source>
        <translation>B 为零时，初始不改变任何内容。</translation>
    </message>
    <message>
        <source>Where B is zero, nothing changes at the start. The others start inside the weights, which has to be dense, and learn faster at first.</source>
        <translation>B 为零时，初始不改变任何内容。其他方式从权重内部开始，权重必须是稠密的，初期学习更快。</translation>
    </message>
    <message>
        <source>Which dimensions are reduced first. Shallow models are faster, narrow ones often retain more of what was learned.</source>
        <translation>预算从何处节省。较浅的模型更快，较窄的模型往往保留更多所学。</translation>
    </message>
    <message>
        <source>Initial scales: from the largest weight, or from the range with the smallest error. Weights outside the range hardly learn, so the search matters below 4 bits.</source>
        <translation>缩放的起点：最大权重，或误差最小的范围。范围外的权重几乎不学习，因此 4 位以下搜索很重要。</translation>
    </message>
    <message>
        <source>Which 16 values a weight may have. Those of NF4 are the quantiles of a normal distribution, which weights nearly follow.</source>
        <translation>权重可取的 16 个值。NF4 的取值是正态分布的分位数，权重近似服从该分布。</translation>
    </message>
    <message>
        <source>Which attention layers and heads share projections. Fewer projections make a smaller model, and each is trained better.</source>
        <translation>哪些注意力共用投影。投影越少，模型越小，训练也越充分。</translation>
    </message>
    <message>
        <source>Allows removing whole layers, the least important one first, as long as their bytes are predicted to help more in other layers. The plan with all layers is built too, and the one that is better on held-out text is returned. This also reaches sizes that no format can.</source>
        <translation>可移除整层：代价最小的层依次移除，前提是其字节用在其他层预计更有价值。同时构建保留全部层的方案，给出在留出文本上较好的一个。也能达到任何格式都无法达到的大小。</translation>
    </message>
    <message>
        <source>Integers, as servers expect; or the smallest weight of each group in the dtype of the scales, as in GGUF&apos;s Q4_1, which fits skewed groups better and takes 12 more bits per group.</source>
        <translation>整数，推理服务通常要求如此；或以缩放的 dtype 存储每组的最小权重，如 GGUF 的 Q4_1，更适合偏斜的组，每组多占 12 位。</translation>
    </message>
    <message>
        <source>What a weight is worth. SparseGPT asks how much of the error the other weights can&apos;t make up for, and lets them do it; Wanda takes the weight times the norm of its input; RIA takes the share that the weight has of its row and of its column times the root of the norm of its input, so that no input or output is lost as a whole; the magnitude alone needs no text, and loses far more.</source>
        <translation>权重的价值。SparseGPT 计算其他权重无法弥补的误差，并让它们弥补；Wanda 取权重乘以输入的范数；RIA 取权重在其行与列中的占比乘以输入范数的平方根，避免整个输入或输出丢失；仅用幅值则无需文本，但损失大得多。</translation>
    </message>
    <message>
        <source>Which weights compete for the places. Automatic: Wanda compares those of one output, the others those of the whole layer. SparseGPT can also prune the same share of every block of inputs, as published; with the layer, blocks whose inputs have much energy keep more, and the error is smaller.</source>
        <translation>哪些权重相互竞争保留。自动：Wanda 在单个输出内比较，其他方法在整层内比较。SparseGPT 也可对每块输入剪除相同比例（与论文一致）；按整层时，输入能量大的块保留更多，误差更小。</translation>
    </message>
    <message>
        <source>With online Hadamard transforms inside attention and MLP, which 4-bit activations need and only this program runs; or merged rotations alone, which leave an ordinary model that can be exported everywhere.</source>
        <translation>在注意力与 MLP 内使用在线 Hadamard 变换，4 位激活需要它，且只有本程序能运行；或仅使用合并式旋转，得到可导出到任何程序的普通模型。</translation>
    </message>
    <message>
        <source>exp of the mean negative log-likelihood per token.</source>
        <translation>每个 token 平均负对数似然的指数。</translation>
    </message>
    <message>
        <source>imatrix.gguf, or the older imatrix.dat.</source>
        <translation>imatrix.gguf，或较旧的 imatrix.dat。</translation>
    </message>
    <message>
        <source>α in the paper: at 0 weights keep their range, at 1 activations are flat. 0.5 suits most models; models with larger outliers need 0.75 to 0.9.</source>
        <translation>论文中的 α：0 时权重范围不变，1 时激活变平。0.5 适合多数模型；离群值较大的模型取 0.75 到 0.9。</translation>
    </message>
</context>
<context>
    <name>locking</name>
    <message>
        <source>Lock {0} at</source>
        <translation>将 {0} 锁定为</translation>
    </message>
    <message>
        <source>{0} nats</source>
        <translation>{0} nat</translation>
    </message>
    <message>
        <source>Unlock {0}</source>
        <translation>解锁 {0}</translation>
    </message>
    <message>
        <source>Unlock all</source>
        <translation>全部解锁</translation>
    </message>
    <message>
        <source>Lock {0} of all layers at</source>
        <translation>将所有层的 {0} 锁定为</translation>
    </message>
    <message>
        <source>Lock layer {0} at</source>
        <translation>将第 {0} 层锁定为</translation>
    </message>
</context>
<context>
    <name>preferences</name>
    <message>
        <source>Found</source>
        <translation>已找到</translation>
    </message>
    <message>
        <source>None. Only public models can be downloaded. Run “hf auth login” to add a token.</source>
        <translation>无。只能下载公开模型。运行“hf auth login”可添加令牌。</translation>
    </message>
</context>
<context>
    <name>runs</name>
    <message>
        <source>“{0}” finished after {1}.</source>
        <translation>“{0}”已完成，用时 {1}。</translation>
    </message>
    <message>
        <source>“{0}” was canceled after {1}.</source>
        <translation>“{0}”在运行 {1} 后被取消。</translation>
    </message>
    <message>
        <source>“{0}” failed after {1}.</source>
        <translation>“{0}”在运行 {1} 后失败。</translation>
    </message>
    <message>
        <source>Deletes the run “{run}” of {date} and all its results that no other run uses: {size}. This can&apos;t be undone.</source>
        <translation>{date} 的运行“{run}”将被删除，包括其他运行所没有的全部结果：{size}。此操作无法撤销。</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Delete this run?</source>
        <translation>删除此运行？</translation>
    </message>
</context>
<context>
    <name>saving</name>
    <message>
        <source>Copy as CSV</source>
        <translation>复制为 CSV</translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation>复制为 Markdown</translation>
    </message>
    <message>
        <source>Save as CSV…</source>
        <translation>另存为 CSV…</translation>
    </message>
    <message>
        <source>Save table</source>
        <translation>保存表格</translation>
    </message>
    <message>
        <source>The table could not be saved</source>
        <translation>无法保存表格</translation>
    </message>
</context>
<context>
    <name>texts</name>
    <message>
        <source>Same as the pipeline: {0}</source>
        <translation>与流水线相同：{0}</translation>
    </message>
    <message>
        <source>Bundled text for the model</source>
        <translation>内置文本，按模型选用</translation>
    </message>
    <message>
        <source>Mixed texts</source>
        <translation>混合文本</translation>
    </message>
    <message>
        <source>Sample texts</source>
        <translation>示例文本</translation>
    </message>
    <message>
        <source>Generated by the model</source>
        <translation>由模型生成</translation>
    </message>
    <message>
        <source>{0} (hub)</source>
        <translation>{0}（Hub）</translation>
    </message>
</context>
</TS>
