<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>Actions</name>
    <message>
        <source>&amp;New pipeline</source>
        <translation>&amp;Neue Pipeline</translation>
    </message>
    <message>
        <source>Create an empty pipeline.</source>
        <translation>Eine leere Pipeline anlegen.</translation>
    </message>
    <message>
        <source>&amp;Open pipeline…</source>
        <translation>Pipeline &amp;öffnen…</translation>
    </message>
    <message>
        <source>Open a pipeline file.</source>
        <translation>Eine Pipeline-Datei öffnen.</translation>
    </message>
    <message>
        <source>Reopen &amp;closed pipeline</source>
        <translation>&amp;Geschlossene Pipeline wieder öffnen</translation>
    </message>
    <message>
        <source>Show the pipeline that was closed last, with its unsaved changes.</source>
        <translation>Die zuletzt geschlossene Pipeline mit ihren nicht gespeicherten Änderungen zeigen.</translation>
    </message>
    <message>
        <source>Open &amp;model…</source>
        <translation>&amp;Modell öffnen…</translation>
    </message>
    <message>
        <source>Inspect a model&apos;s structure and add it to the canvas: a folder, a GGUF file or a hub id.</source>
        <translation>Die Struktur eines Modells ansehen und es auf die Zeichenfläche legen: ein Ordner, eine GGUF-Datei oder eine Hub-ID.</translation>
    </message>
    <message>
        <source>Open model car&amp;d…</source>
        <translation>Modell&amp;karte öffnen…</translation>
    </message>
    <message>
        <source>Show how an export was made, make it again and compare: a folder, a GGUF file or a hub id.</source>
        <translation>Zeigen, wie ein Export entstand, ihn nachbauen und vergleichen: ein Ordner, eine GGUF-Datei oder eine Hub-ID.</translation>
    </message>
    <message>
        <source>&amp;Home</source>
        <translation>S&amp;tartseite</translation>
    </message>
    <message>
        <source>Show the home page: the sample, recent runs, templates for all methods.</source>
        <translation>Die Startseite zeigen: Beispiel, letzte Läufe, Vorlagen für alle Methoden.</translation>
    </message>
    <message>
        <source>&amp;Back to the pipeline</source>
        <translation>&amp;Zurück zur Pipeline</translation>
    </message>
    <message>
        <source>Leave the home page.</source>
        <translation>Die Startseite verlassen.</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>Save the pipeline.</source>
        <translation>Die Pipeline speichern.</translation>
    </message>
    <message>
        <source>Save &amp;as…</source>
        <translation>Speichern &amp;unter…</translation>
    </message>
    <message>
        <source>Save the pipeline under another name.</source>
        <translation>Die Pipeline unter anderem Namen speichern.</translation>
    </message>
    <message>
        <source>&amp;Export a model…</source>
        <translation>Modell &amp;exportieren…</translation>
    </message>
    <message>
        <source>Export a compressed model for other programs and verify it.</source>
        <translation>Ein komprimiertes Modell für andere Programme exportieren und prüfen.</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>Close the studio.</source>
        <translation>Das Programm schließen.</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Rückgängig</translation>
    </message>
    <message>
        <source>Undo the last change.</source>
        <translation>Die letzte Änderung rückgängig machen.</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>&amp;Wiederholen</translation>
    </message>
    <message>
        <source>Redo the last undone change.</source>
        <translation>Die zuletzt rückgängig gemachte Änderung wiederholen.</translation>
    </message>
    <message>
        <source>Cu&amp;t</source>
        <translation>A&amp;usschneiden</translation>
    </message>
    <message>
        <source>Cut the selected blocks.</source>
        <translation>Die gewählten Blöcke ausschneiden.</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>Copy the selected blocks with their links and settings.</source>
        <translation>Die gewählten Blöcke mit Verbindungen und Einstellungen kopieren.</translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation>&amp;Einfügen</translation>
    </message>
    <message>
        <source>Paste blocks.</source>
        <translation>Blöcke einfügen.</translation>
    </message>
    <message>
        <source>&amp;Duplicate</source>
        <translation>&amp;Duplizieren</translation>
    </message>
    <message>
        <source>Duplicate the selected blocks.</source>
        <translation>Die gewählten Blöcke duplizieren.</translation>
    </message>
    <message>
        <source>Duplicate as &amp;branch</source>
        <translation>Als &amp;Zweig duplizieren</translation>
    </message>
    <message>
        <source>Copy the selected block and all blocks after it as a new branch to compare.</source>
        <translation>Den gewählten Block und alle folgenden als neuen Zweig zum Vergleichen kopieren.</translation>
    </message>
    <message>
        <source>B&amp;ypass</source>
        <translation>Ü&amp;berbrücken</translation>
    </message>
    <message>
        <source>Skip the selected blocks without deleting them, or restore them (B on the canvas).</source>
        <translation>Die gewählten Blöcke auslassen, ohne sie zu löschen, oder wieder einsetzen (B auf der Zeichenfläche).</translation>
    </message>
    <message>
        <source>S&amp;wap method…</source>
        <translation>Methode &amp;tauschen…</translation>
    </message>
    <message>
        <source>Replace the method of the selected block. Settings that both methods have are preserved.</source>
        <translation>Die Methode des gewählten Blocks ersetzen. Einstellungen, die beide haben, bleiben erhalten.</translation>
    </message>
    <message>
        <source>De&amp;lete</source>
        <translation>&amp;Löschen</translation>
    </message>
    <message>
        <source>Delete the selected blocks, links and comments.</source>
        <translation>Die gewählten Blöcke, Verbindungen und Kommentare löschen.</translation>
    </message>
    <message>
        <source>Select &amp;all</source>
        <translation>&amp;Alles auswählen</translation>
    </message>
    <message>
        <source>Select every block.</source>
        <translation>Alle Blöcke auswählen.</translation>
    </message>
    <message>
        <source>Add co&amp;mment</source>
        <translation>Ko&amp;mmentar hinzufügen</translation>
    </message>
    <message>
        <source>Add a note to the canvas, or a frame around the selected blocks.</source>
        <translation>Der Zeichenfläche eine Notiz hinzufügen oder den gewählten Blöcken einen Rahmen.</translation>
    </message>
    <message>
        <source>Fold into one card</source>
        <translation>Zu einer Karte einklappen</translation>
    </message>
    <message>
        <source>Combine the selected blocks into one card that shows the settings you choose.</source>
        <translation>Die gewählten Blöcke zu einer Karte zusammenfassen, die ausgesuchte Einstellungen zeigt.</translation>
    </message>
    <message>
        <source>Unfold</source>
        <translation>Ausklappen</translation>
    </message>
    <message>
        <source>Show the blocks of a card. If they are shown already, ungroup them.</source>
        <translation>Die Blöcke einer Karte zeigen. Sind sie schon zu sehen, die Gruppierung aufheben.</translation>
    </message>
    <message>
        <source>T&amp;idy up</source>
        <translation>Au&amp;fräumen</translation>
    </message>
    <message>
        <source>Arrange the blocks in columns, in the order they run.</source>
        <translation>Die Blöcke in Spalten anordnen, in der Reihenfolge der Ausführung.</translation>
    </message>
    <message>
        <source>Pre&amp;ferences…</source>
        <translation>&amp;Programmeinstellungen…</translation>
    </message>
    <message>
        <source>Theme, text size, data folder, disk space, hub, device, method defaults.</source>
        <translation>Farbschema, Schriftgröße, Datenordner, Plattenplatz, Hub, Gerät, Vorgaben der Methoden.</translation>
    </message>
    <message>
        <source>&amp;Check</source>
        <translation>&amp;Prüfen</translation>
    </message>
    <message>
        <source>Find problems and estimate memory, time and file size without running.</source>
        <translation>Ohne Ausführung Probleme finden und Speicher, Zeit und Dateigröße schätzen.</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>A&amp;usführen</translation>
    </message>
    <message>
        <source>Check and run the pipeline. Cached results are reused.</source>
        <translation>Die Pipeline prüfen und ausführen. Ergebnisse im Cache werden wiederverwendet.</translation>
    </message>
    <message>
        <source>Run to &amp;here</source>
        <translation>Bis &amp;hier ausführen</translation>
    </message>
    <message>
        <source>Run the selected block and all blocks before it.</source>
        <translation>Den gewählten Block und alle davor ausführen.</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>A&amp;nhalten</translation>
    </message>
    <message>
        <source>Pause at the next safe point. Memory stays in use.</source>
        <translation>Am nächsten sicheren Punkt anhalten. Der Speicher bleibt belegt.</translation>
    </message>
    <message>
        <source>C&amp;ontinue</source>
        <translation>&amp;Weiter</translation>
    </message>
    <message>
        <source>Continue a paused run.</source>
        <translation>Einen angehaltenen Lauf fortführen.</translation>
    </message>
    <message>
        <source>&amp;Stop and keep</source>
        <translation>&amp;Stoppen und behalten</translation>
    </message>
    <message>
        <source>Stop training this block after the present step and keep its result. The run continues.</source>
        <translation>Das Training dieses Blocks nach dem jetzigen Schritt stoppen und das Ergebnis behalten. Der Lauf geht weiter.</translation>
    </message>
    <message>
        <source>Ca&amp;ncel</source>
        <translation>A&amp;bbrechen</translation>
    </message>
    <message>
        <source>Stop the check, or stop the run at its next safe point. Finished blocks are saved and the run can be resumed.</source>
        <translation>Die Prüfung stoppen oder den Lauf am nächsten sicheren Punkt. Fertige Blöcke sind gespeichert und der Lauf kann fortgesetzt werden.</translation>
    </message>
    <message>
        <source>Sur&amp;vey…</source>
        <translation>&amp;Methodenvergleich…</translation>
    </message>
    <message>
        <source>Run several methods on this pipeline&apos;s model with the same texts and evaluation, and compare them in Results.</source>
        <translation>Mehrere Methoden auf dem Modell dieser Pipeline ausführen, mit denselben Texten und derselben Evaluation, und im Panel „Ergebnisse“ vergleichen.</translation>
    </message>
    <message>
        <source>C&amp;laims…</source>
        <translation>Aussa&amp;gen der Paper…</translation>
    </message>
    <message>
        <source>Measure what the papers claim of the methods, with several seeds, and see what is shown.</source>
        <translation>Mit mehreren Seeds messen, was die Paper über die Methoden sagen, und sehen, was sich zeigt.</translation>
    </message>
    <message>
        <source>M&amp;achines…</source>
        <translation>Re&amp;chner…</translation>
    </message>
    <message>
        <source>Add machines that ssh reaches, see their devices and what runs there, and run on them.</source>
        <translation>Rechner hinzufügen, die ssh erreicht, ihre Geräte und Läufe sehen und auf ihnen rechnen.</translation>
    </message>
    <message>
        <source>Compare rota&amp;tions</source>
        <translation>Ro&amp;tationen vergleichen</translation>
    </message>
    <message>
        <source>Run the selected block without rotation, with a random Hadamard rotation and with a learned one, and compare perplexity and kurtosis.</source>
        <translation>Den gewählten Block ohne Rotation, mit zufälliger Hadamard-Rotation und mit gelernter Rotation ausführen und Perplexität und Kurtosis vergleichen.</translation>
    </message>
    <message>
        <source>Add to &amp;queue</source>
        <translation>&amp;Einreihen</translation>
    </message>
    <message>
        <source>Run the pipeline as it is now after the current run ends.</source>
        <translation>Die Pipeline, wie sie jetzt ist, nach dem Ende des aktuellen Laufs ausführen.</translation>
    </message>
    <message>
        <source>Qu&amp;eue…</source>
        <translation>W&amp;arteschlange…</translation>
    </message>
    <message>
        <source>Show queued pipelines, their order and the expected end.</source>
        <translation>Wartende Pipelines, ihre Reihenfolge und das erwartete Ende zeigen.</translation>
    </message>
    <message>
        <source>Resu&amp;me a run…</source>
        <translation>&amp;Lauf fortsetzen…</translation>
    </message>
    <message>
        <source>Resume a canceled, failed or interrupted run where it stopped.</source>
        <translation>Einen abgebrochenen, fehlgeschlagenen oder unterbrochenen Lauf fortsetzen.</translation>
    </message>
    <message>
        <source>Past r&amp;uns…</source>
        <translation>&amp;Frühere Läufe…</translation>
    </message>
    <message>
        <source>Show a past run: its pipeline, charts, metrics and log.</source>
        <translation>Einen früheren Lauf zeigen: Pipeline, Diagramme, Metriken und Protokoll.</translation>
    </message>
    <message>
        <source>Fetch wei&amp;ghts</source>
        <translation>Gew&amp;ichte holen</translation>
    </message>
    <message>
        <source>Fetch the model that the selected block left on another machine, or the last one.</source>
        <translation>Das Modell holen, das der gewählte oder letzte Block auf einem anderen Rechner hinterließ.</translation>
    </message>
    <message>
        <source>Sho&amp;w report</source>
        <translation>Be&amp;richt zeigen</translation>
    </message>
    <message>
        <source>Show the run&apos;s report: metrics, pipeline, curves, layers.</source>
        <translation>Den Bericht des Laufs zeigen: Metriken, Pipeline, Kurven, Schichten.</translation>
    </message>
    <message>
        <source>Save report as P&amp;DF…</source>
        <translation>Bericht als P&amp;DF speichern…</translation>
    </message>
    <message>
        <source>Save the run&apos;s report as a PDF.</source>
        <translation>Den Bericht des Laufs als PDF speichern.</translation>
    </message>
    <message>
        <source>Open run &amp;folder</source>
        <translation>&amp;Ordner des Laufs öffnen</translation>
    </message>
    <message>
        <source>Open the folder with the run&apos;s report, log and artifacts.</source>
        <translation>Den Ordner mit Bericht, Protokoll und Artefakten des Laufs öffnen.</translation>
    </message>
    <message>
        <source>&amp;Blocks</source>
        <translation>&amp;Blöcke</translation>
    </message>
    <message>
        <source>Methods to add to the canvas.</source>
        <translation>Methoden für die Zeichenfläche.</translation>
    </message>
    <message>
        <source>&amp;Outline</source>
        <translation>&amp;Gliederung</translation>
    </message>
    <message>
        <source>The pipeline as a list, for keyboards and screen readers.</source>
        <translation>Die Pipeline als Liste, für Tastatur und Bildschirmleser.</translation>
    </message>
    <message>
        <source>&amp;Settings</source>
        <translation>Ein&amp;stellungen</translation>
    </message>
    <message>
        <source>The settings of the selected block.</source>
        <translation>Die Einstellungen des gewählten Blocks.</translation>
    </message>
    <message>
        <source>Progress, problems, estimates and the log.</source>
        <translation>Fortschritt, Probleme, Schätzungen und Protokoll.</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <comment>panel</comment>
        <translation>La&amp;uf</translation>
    </message>
    <message>
        <source>&amp;Charts</source>
        <translation>&amp;Diagramme</translation>
    </message>
    <message>
        <source>Live curves, distributions, memory and plots of methods.</source>
        <translation>Laufende Kurven, Verteilungen, Speicher und Plots der Methoden.</translation>
    </message>
    <message>
        <source>I&amp;nspector</source>
        <translation>I&amp;nspektor</translation>
    </message>
    <message>
        <source>A table of all layers.</source>
        <translation>Eine Tabelle aller Schichten.</translation>
    </message>
    <message>
        <source>Co&amp;mpare</source>
        <translation>&amp;Vergleich</translation>
    </message>
    <message>
        <source>Metrics and layers of several results side by side.</source>
        <translation>Metriken und Schichten mehrerer Ergebnisse nebeneinander.</translation>
    </message>
    <message>
        <source>Fit to bu&amp;dget</source>
        <translation>&amp;Fit to budget</translation>
    </message>
    <message>
        <source>The format of each layer for every file size.</source>
        <translation>Das Format jeder Schicht für jede Dateigröße.</translation>
    </message>
    <message>
        <source>&amp;All results</source>
        <translation>&amp;Alle Ergebnisse</translation>
    </message>
    <message>
        <source>All results of all runs in one table, with the Pareto front.</source>
        <translation>Alle Ergebnisse aller Läufe in einer Tabelle, mit der Pareto-Front.</translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation>&amp;Export</translation>
    </message>
    <message>
        <source>Export a model and verify it.</source>
        <translation>Ein Modell exportieren und prüfen.</translation>
    </message>
    <message>
        <source>&amp;Try it</source>
        <translation>Aus&amp;probieren</translation>
    </message>
    <message>
        <source>Generate text with the original and compressed models.</source>
        <translation>Text mit dem Original und komprimierten Modellen erzeugen.</translation>
    </message>
    <message>
        <source>Show the panel, or hide it if it has the focus: {what}</source>
        <translation>Das Panel zeigen oder, wenn es den Fokus hat, ausblenden: {what}</translation>
    </message>
    <message>
        <source>Theme: system</source>
        <translation>Farbschema: System</translation>
    </message>
    <message>
        <source>Follow the desktop&apos;s dark or light mode.</source>
        <translation>Dem hellen oder dunklen Modus des Desktops folgen.</translation>
    </message>
    <message>
        <source>Theme: dark</source>
        <translation>Farbschema: dunkel</translation>
    </message>
    <message>
        <source>Light text on dark surfaces.</source>
        <translation>Heller Text auf dunklen Flächen.</translation>
    </message>
    <message>
        <source>Theme: light</source>
        <translation>Farbschema: hell</translation>
    </message>
    <message>
        <source>Dark text on light surfaces.</source>
        <translation>Dunkler Text auf hellen Flächen.</translation>
    </message>
    <message>
        <source>Theme: high contrast</source>
        <translation>Farbschema: hoher Kontrast</translation>
    </message>
    <message>
        <source>White on black, with strong borders.</source>
        <translation>Weiß auf Schwarz, mit kräftigen Rändern.</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>Vergr&amp;ößern</translation>
    </message>
    <message>
        <source>Zoom in on the canvas.</source>
        <translation>Die Zeichenfläche vergrößern.</translation>
    </message>
    <message>
        <source>Zoom o&amp;ut</source>
        <translation>Ver&amp;kleinern</translation>
    </message>
    <message>
        <source>Zoom out of the canvas.</source>
        <translation>Die Zeichenfläche verkleinern.</translation>
    </message>
    <message>
        <source>Zoom to &amp;fit</source>
        <translation>Alles &amp;zeigen</translation>
    </message>
    <message>
        <source>Show the whole pipeline.</source>
        <translation>Die ganze Pipeline zeigen.</translation>
    </message>
    <message>
        <source>Actual size</source>
        <translation>Originalgröße</translation>
    </message>
    <message>
        <source>Zoom to 100 %.</source>
        <translation>Auf 100 % zoomen.</translation>
    </message>
    <message>
        <source>&amp;Watch</source>
        <translation>Be&amp;obachten</translation>
    </message>
    <message>
        <source>Switch between building (all tools) and watching (result cards above large charts).</source>
        <translation>Zwischen Bauen (alle Werkzeuge) und Beobachten (Ergebniskarten über großen Diagrammen) wechseln.</translation>
    </message>
    <message>
        <source>Bac&amp;k to Build</source>
        <translation>Zurück zu&amp;m Bauen</translation>
    </message>
    <message>
        <source>Return to the canvas with all tools (Esc).</source>
        <translation>Zur Zeichenfläche mit allen Werkzeugen zurückkehren (Esc).</translation>
    </message>
    <message>
        <source>Large &amp;panels</source>
        <translation>G&amp;roße Panels</translation>
    </message>
    <message>
        <source>Hide the canvas and enlarge the panels below it.</source>
        <translation>Die Zeichenfläche ausblenden und die Panels darunter vergrößern.</translation>
    </message>
    <message>
        <source>F&amp;loat panel</source>
        <translation>Panel ab&amp;lösen</translation>
    </message>
    <message>
        <source>Float the focused panel in its own window, or dock it again.</source>
        <translation>Das Panel mit dem Fokus in ein eigenes Fenster ablösen oder wieder andocken.</translation>
    </message>
    <message>
        <source>Sa&amp;ve layout…</source>
        <translation>Anordnung spe&amp;ichern…</translation>
    </message>
    <message>
        <source>Save the arrangement of panels under a name.</source>
        <translation>Die Anordnung der Panels unter einem Namen speichern.</translation>
    </message>
    <message>
        <source>Reset la&amp;yout</source>
        <translation>Anordnung zurü&amp;cksetzen</translation>
    </message>
    <message>
        <source>Restore the default arrangement of panels.</source>
        <translation>Die übliche Anordnung der Panels wiederherstellen.</translation>
    </message>
    <message>
        <source>&amp;Find an action…</source>
        <translation>&amp;Aktion finden…</translation>
    </message>
    <message>
        <source>Search all actions by name.</source>
        <translation>Alle Aktionen nach Namen durchsuchen.</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>Show help for the focused setting or selected block, or the guide.</source>
        <translation>Hilfe zur Einstellung mit dem Fokus, zum gewählten Block oder die Anleitung zeigen.</translation>
    </message>
    <message>
        <source>What is &amp;new</source>
        <translation>&amp;Neuigkeiten</translation>
    </message>
    <message>
        <source>Show what changed in this version.</source>
        <translation>Zeigen, was sich in dieser Version geändert hat.</translation>
    </message>
    <message>
        <source>&amp;Updates and versions…</source>
        <translation>&amp;Updates und Versionen…</translation>
    </message>
    <message>
        <source>Show the installed version and those beside it; update, roll back, repair.</source>
        <translation>Die installierte Version und die daneben zeigen; aktualisieren, zurückkehren, reparieren.</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>&amp;Tastenkürzel</translation>
    </message>
    <message>
        <source>Show all shortcuts.</source>
        <translation>Alle Tastenkürzel zeigen.</translation>
    </message>
    <message>
        <source>&amp;Methods and their settings</source>
        <translation>&amp;Methoden und ihre Einstellungen</translation>
    </message>
    <message>
        <source>Describe every method, its paper and its settings.</source>
        <translation>Jede Methode, ihr Paper und ihre Einstellungen beschreiben.</translation>
    </message>
    <message>
        <source>&amp;Responsiveness</source>
        <translation>&amp;Reaktionszeit</translation>
    </message>
    <message>
        <source>Measure how fast the window responds.</source>
        <translation>Messen, wie schnell das Fenster reagiert.</translation>
    </message>
    <message>
        <source>&amp;About</source>
        <translation>&amp;Über</translation>
    </message>
    <message>
        <source>Show the version, licenses and library versions.</source>
        <translation>Version, Lizenzen und Versionen der Bibliotheken zeigen.</translation>
    </message>
</context>
<context>
    <name>AdviceList</name>
    <message>
        <source>Nothing loses less: every layer has its best format.</source>
        <translation>Kein Format verliert weniger: Jede Schicht hat ihr bestes.</translation>
    </message>
    <message>
        <source>Nothing can be smaller.</source>
        <translation>Kleiner geht es nicht.</translation>
    </message>
    <message>
        <source>What would help most</source>
        <translation>Was am meisten hilft</translation>
    </message>
    <message>
        <source>What would cost least</source>
        <translation>Was am wenigsten kostet</translation>
    </message>
    <message>
        <source>Lock these layers at {0}, and change the file size by as much</source>
        <translation>Diese Schichten auf {0} festlegen und die Dateigröße entsprechend ändern</translation>
    </message>
</context>
<context>
    <name>AnswersComparison</name>
    <message>
        <source>Answers side by side</source>
        <translation>Antworten nebeneinander</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>Original</translation>
    </message>
    <message>
        <source>{0} writes as its original.</source>
        <translation>{0} schreibt wie das Original.</translation>
    </message>
    <message>
        <source>{0} does not write as its original: {1}.</source>
        <translation>{0} schreibt nicht wie das Original: {1}.</translation>
    </message>
    <message>
        <source>the same</source>
        <translation>gleich</translation>
    </message>
</context>
<context>
    <name>BackgroundRuns</name>
    <message>
        <source>Show run</source>
        <translation>Lauf zeigen</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Nicht jetzt</translation>
    </message>
    <message>
        <source>“{name}” is running in the background.</source>
        <translation>„{name}“ läuft im Hintergrund.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Ausblenden</translation>
    </message>
    <message>
        <source>The run of “{name}” was interrupted. Finished blocks are saved; resuming gives the same result as an uninterrupted run.</source>
        <translation>Der Lauf von „{name}“ wurde unterbrochen. Fertige Blöcke sind gespeichert; fortgesetzt liefert er dasselbe Ergebnis wie ein ununterbrochener Lauf.</translation>
    </message>
    <message>
        <source>End the engine</source>
        <translation>Engine beenden</translation>
    </message>
    <message>
        <source>Wait</source>
        <translation>Warten</translation>
    </message>
    <message>
        <source>The engine is not responding. It may be busy with a long step. If you end it, finished blocks are saved and the run can be resumed.</source>
        <translation>Die Engine antwortet nicht. Vielleicht dauert ein Schritt sehr lange. Wird sie beendet, sind fertige Blöcke gespeichert und der Lauf kann fortgesetzt werden.</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Dismiss</source>
        <translation>Ausblenden</translation>
    </message>
</context>
<context>
    <name>BlockMenus</name>
    <message>
        <source>Run to here</source>
        <translation>Bis hier ausführen</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Add after…</source>
        <translation>Danach einfügen…</translation>
    </message>
    <message>
        <source>Stop bypassing</source>
        <translation>Nicht mehr überbrücken</translation>
    </message>
    <message>
        <source>Bypass</source>
        <translation>Überbrücken</translation>
    </message>
    <message>
        <source>Duplicate as branch</source>
        <translation>Als Zweig duplizieren</translation>
    </message>
    <message>
        <source>Swap method…</source>
        <translation>Methode tauschen…</translation>
    </message>
    <message>
        <source>Compare as {letter}</source>
        <translation>Als {letter} vergleichen</translation>
    </message>
    <message>
        <source>Don&apos;t pause after this block</source>
        <translation>Nach diesem Block nicht anhalten</translation>
    </message>
    <message>
        <source>Pause after this block</source>
        <translation>Nach diesem Block anhalten</translation>
    </message>
    <message>
        <source>Compare rotations</source>
        <translation>Rotationen vergleichen</translation>
    </message>
    <message>
        <source>Input: {0}</source>
        <translation>Eingang: {0}</translation>
    </message>
    <message>
        <source>The original model (not linked)</source>
        <translation>Das Originalmodell (nicht verbunden)</translation>
    </message>
    <message>
        <source>Not linked</source>
        <translation>Nicht verbunden</translation>
    </message>
</context>
<context>
    <name>BlockModel</name>
    <message>
        <source>Block</source>
        <translation>Block</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Qualität</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Bits</source>
        <translation>Bits</translation>
    </message>
    <message>
        <source>“{0}” ran here. This block has not run yet.</source>
        <translation>„{0}“ lief hier. Dieser Block wurde noch nicht ausgeführt.</translation>
    </message>
    <message>
        <source>The pipeline changed after this run. Run it again.</source>
        <translation>Die Pipeline wurde nach diesem Lauf geändert. Bitte neu ausführen.</translation>
    </message>
</context>
<context>
    <name>BlockTable</name>
    <message>
        <source>Blocks of the run</source>
        <translation>Blöcke des Laufs</translation>
    </message>
</context>
<context>
    <name>Board</name>
    <message>
        <source>Latest: {block}</source>
        <translation>Neuester: {block}</translation>
    </message>
    <message>
        <source>Latest block</source>
        <translation>Neuester Block</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>Übersicht</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Distribution</source>
        <translation>Verteilung</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>Metrics</source>
        <translation>Metriken</translation>
    </message>
</context>
<context>
    <name>Canvas</name>
    <message>
        <source>Input “{0}”: the original model unless another is linked</source>
        <translation>Eingang „{0}“: das Originalmodell, solange kein anderes verbunden ist</translation>
    </message>
    <message>
        <source>Input “{0}”: not linked</source>
        <translation>Eingang „{0}“: nicht verbunden</translation>
    </message>
    <message>
        <source>optional</source>
        <translation>optional</translation>
    </message>
    <message>
        <source>Output of “{0}”</source>
        <translation>Ausgang von „{0}“</translation>
    </message>
    <message>
        <source>{0}. Run the pipeline to see its size and metrics.</source>
        <translation>{0}. Größe und Metriken stehen nach einem Lauf der Pipeline hier.</translation>
    </message>
    <message>
        <source>Double-click to inspect it</source>
        <translation>Doppelklick öffnet den Inspektor</translation>
    </message>
    <message>
        <source>{0} (optional): the original</source>
        <translation>{0} (optional): das Original</translation>
    </message>
    <message>
        <source>{0}: not linked</source>
        <translation>{0}: nicht verbunden</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message>
        <source>{0} more: unfold to see them</source>
        <translation>{0} weitere: ausklappen, um sie zu sehen</translation>
    </message>
    <message>
        <source>{0}: drag the title to move all blocks; double-click to fold them</source>
        <translation>{0}: Am Titel ziehen verschiebt alle Blöcke, Doppelklick klappt sie ein</translation>
    </message>
    <message>
        <source>Double-click to edit</source>
        <translation>Doppelklick zum Bearbeiten</translation>
    </message>
</context>
<context>
    <name>CanvasEditor</name>
    <message>
        <source>Add block</source>
        <translation>Block hinzufügen</translation>
    </message>
    <message>
        <source>Add blocks</source>
        <translation>Blöcke hinzufügen</translation>
    </message>
    <message numerus="yes">
        <source>Move %n blocks</source>
        <translation>
            <numerusform>%n Block verschieben</numerusform>
            <numerusform>%n Blöcke verschieben</numerusform>
        </translation>
    </message>
    <message>
        <source>Insert block</source>
        <translation>Block einfügen</translation>
    </message>
    <message>
        <source>Link blocks</source>
        <translation>Blöcke verbinden</translation>
    </message>
    <message>
        <source>Remove link</source>
        <translation>Verbindung entfernen</translation>
    </message>
    <message>
        <source>“{0}” is running. Cancel the run before you delete it.</source>
        <translation>„{0}“ läuft gerade. Vor dem Löschen den Lauf abbrechen.</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Reorder blocks</source>
        <translation>Blöcke umordnen</translation>
    </message>
    <message>
        <source>Tidy up</source>
        <translation>Aufräumen</translation>
    </message>
    <message>
        <source>Bypass</source>
        <translation>Überbrücken</translation>
    </message>
    <message>
        <source>Swap method</source>
        <translation>Methode tauschen</translation>
    </message>
    <message>
        <source>Fold</source>
        <translation>Einklappen</translation>
    </message>
    <message>
        <source>Unfold</source>
        <translation>Ausklappen</translation>
    </message>
    <message>
        <source>Change settings shown on a card</source>
        <translation>Einstellungen auf einer Karte ändern</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Umbenennen</translation>
    </message>
    <message>
        <source>Name of the card</source>
        <translation>Name der Karte</translation>
    </message>
    <message>
        <source>Add comment</source>
        <translation>Kommentar hinzufügen</translation>
    </message>
    <message>
        <source>Frame blocks</source>
        <translation>Blöcke einrahmen</translation>
    </message>
    <message>
        <source>Resize comment</source>
        <translation>Größe des Kommentars ändern</translation>
    </message>
</context>
<context>
    <name>CanvasMenus</name>
    <message>
        <source>Inspect</source>
        <translation>Untersuchen</translation>
    </message>
    <message>
        <source>Insert here…</source>
        <translation>Hier einfügen…</translation>
    </message>
    <message>
        <source>Remove link</source>
        <translation>Verbindung entfernen</translation>
    </message>
    <message>
        <source>Edit comment</source>
        <translation>Kommentar bearbeiten</translation>
    </message>
    <message>
        <source>Frame</source>
        <translation>Einrahmen</translation>
    </message>
    <message>
        <source>Fold into one card</source>
        <translation>Zu einer Karte einklappen</translation>
    </message>
    <message>
        <source>Ungroup</source>
        <translation>Gruppierung aufheben</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>Duplizieren</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Cut</source>
        <translation>Ausschneiden</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Unfold</source>
        <translation>Ausklappen</translation>
    </message>
    <message>
        <source>Run to here</source>
        <translation>Bis hier ausführen</translation>
    </message>
    <message>
        <source>Add after…</source>
        <translation>Danach einfügen…</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>Umbenennen…</translation>
    </message>
    <message>
        <source>Save as a block…</source>
        <translation>Als Block speichern…</translation>
    </message>
    <message>
        <source>Settings shown on the card</source>
        <translation>Einstellungen auf der Karte</translation>
    </message>
    <message>
        <source>Add method…</source>
        <translation>Methode hinzufügen…</translation>
    </message>
    <message>
        <source>Add comment</source>
        <translation>Kommentar hinzufügen</translation>
    </message>
    <message>
        <source>Paste here</source>
        <translation>Hier einfügen</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>Alles auswählen</translation>
    </message>
    <message>
        <source>Tidy up</source>
        <translation>Aufräumen</translation>
    </message>
    <message>
        <source>Zoom to fit</source>
        <translation>Alles zeigen</translation>
    </message>
</context>
<context>
    <name>CanvasView</name>
    <message>
        <source>Pipeline canvas</source>
        <translation>Zeichenfläche der Pipeline</translation>
    </message>
    <message>
        <source>The Outline panel shows the same pipeline as a list.</source>
        <translation>Das Panel „Gliederung“ zeigt dieselbe Pipeline als Liste.</translation>
    </message>
    <message>
        <source>Drag a method here, or press / to search.
A pipeline starts with a model.</source>
        <translation>Eine Methode hierher ziehen oder mit / suchen.
Eine Pipeline beginnt mit einem Modell.</translation>
    </message>
</context>
<context>
    <name>Card</name>
    <message>
        <source>Loss</source>
        <translation>Loss</translation>
    </message>
    <message>
        <source>Weights before (gray) and after</source>
        <translation>Gewichte vorher (grau) und nachher</translation>
    </message>
    <message>
        <source>Share of weights that stay, by layer</source>
        <translation>Anteil der verbleibenden Gewichte je Schicht</translation>
    </message>
    <message>
        <source>Singular values, logarithm</source>
        <translation>Singulärwerte, logarithmisch</translation>
    </message>
    <message>
        <source>Kurtosis before (gray) and after, by layer</source>
        <translation>Kurtosis vorher (grau) und nachher je Schicht</translation>
    </message>
    <message>
        <source>stopping…</source>
        <translation>wird gestoppt…</translation>
    </message>
    <message>
        <source>Changed since the run began: it goes on as it was started.</source>
        <translation>Seit Beginn des Laufs geändert: Er geht weiter, wie er begann.</translation>
    </message>
    <message>
        <source>{0} bits</source>
        <translation>{0} Bits</translation>
    </message>
    <message>
        <source>context {0}</source>
        <translation>Kontext {0}</translation>
    </message>
    <message>
        <source>Larger than the source: {size}, up from {former}.</source>
        <translation>Größer als die Quelle: {size} statt {former}.</translation>
    </message>
    <message>
        <source>{share} compressed</source>
        <translation>{share} komprimiert</translation>
    </message>
</context>
<context>
    <name>CardDialog</name>
    <message>
        <source>Open a model card</source>
        <translation>Modellkarte öffnen</translation>
    </message>
    <message>
        <source>A folder that this program exported, its replay.json or README.md, a GGUF file, or a repository of the hub says how it was made.</source>
        <translation>Ein Ordner, den dieses Programm exportiert hat, dessen replay.json oder README.md, eine GGUF-Datei oder ein Repository auf dem Hub zeigt, wie das Modell entstand.</translation>
    </message>
    <message>
        <source>Choose an export to see how it was made</source>
        <translation>Einen Export auswählen, um seine Entstehung zu sehen</translation>
    </message>
    <message>
        <source>Export folder, GGUF file, or owner/name on the hub</source>
        <translation>Exportordner, GGUF-Datei oder owner/name auf dem Hub</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>Revision</translation>
    </message>
    <message>
        <source>Branch, tag or commit on the hub. Leave empty for the latest.</source>
        <translation>Branch, Tag oder Commit auf dem Hub. Leer für den neuesten Stand.</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>Ordner…</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>Datei…</translation>
    </message>
    <message>
        <source>Make again</source>
        <translation>Nachbauen</translation>
    </message>
    <message>
        <source>All of it</source>
        <translation>Vollständig</translation>
    </message>
    <message>
        <source>The first layers of the last step</source>
        <translation>Die ersten Schichten des letzten Schritts</translation>
    </message>
    <message>
        <source>The first layers take minutes instead of hours. Their weights are compared.</source>
        <translation>Die ersten Schichten dauern Minuten statt Stunden. Ihre Gewichte werden verglichen.</translation>
    </message>
    <message>
        <source>Number of layers</source>
        <translation>Anzahl der Schichten</translation>
    </message>
    <message>
        <source>As recorded</source>
        <translation>Wie aufgezeichnet</translation>
    </message>
    <message>
        <source>Base</source>
        <translation>Basis</translation>
    </message>
    <message>
        <source>Folder, GGUF file or hub id of the model that it was made from.</source>
        <translation>Ordner, GGUF-Datei oder Hub-ID des Modells, aus dem es entstand.</translation>
    </message>
    <message>
        <source>Add…</source>
        <translation>Hinzufügen…</translation>
    </message>
    <message>
        <source>Texts that it was made with. They are found by their hashes.</source>
        <translation>Texte, mit denen es entstand. Sie werden an ihren Hashes erkannt.</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Dateien</translation>
    </message>
    <message>
        <source>Open its pipeline</source>
        <translation>Zugehörige Pipeline öffnen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Replay</source>
        <translation>Nachbauen</translation>
    </message>
    <message>
        <source>Reading how it was made…</source>
        <translation>Entstehung wird gelesen…</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Wird gestartet…</translation>
    </message>
    <message>
        <source>Folder of an export</source>
        <translation>Ordner eines Exports</translation>
    </message>
    <message>
        <source>GGUF, replay.json, README.md (*.gguf *.json *.md);;All files (*)</source>
        <translation>GGUF, replay.json, README.md (*.gguf *.json *.md);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>File of an export</source>
        <translation>Datei eines Exports</translation>
    </message>
    <message>
        <source>Folder of the base</source>
        <translation>Ordner der Basis</translation>
    </message>
    <message>
        <source>Texts that it was made with</source>
        <translation>Texte, mit denen es entstand</translation>
    </message>
    <message>
        <source>Choose another export or correct the name.</source>
        <translation>Einen anderen Export auswählen oder den Namen korrigieren.</translation>
    </message>
    <message>
        <source>Nothing to show</source>
        <translation>Nichts anzuzeigen</translation>
    </message>
    <message>
        <source>The replay was stopped. Nothing was compared.</source>
        <translation>Der Nachbau wurde gestoppt. Es wurde nichts verglichen.</translation>
    </message>
    <message>
        <source>None but those that are found by their names</source>
        <translation>Keine außer denen, die unter ihrem Namen gefunden werden</translation>
    </message>
</context>
<context>
    <name>CardView</name>
    <message numerus="yes">
        <source>{format}, %n tensors, made with version {version}</source>
        <translation>
            <numerusform>{format}, %n Tensor, erzeugt mit Version {version}</numerusform>
            <numerusform>{format}, %n Tensoren, erzeugt mit Version {version}</numerusform>
        </translation>
    </message>
    <message>
        <source>It can&apos;t be made again: {0}.</source>
        <translation>Nachbau nicht möglich: {0}.</translation>
    </message>
    <message>
        <source>, revision {0}</source>
        <translation>, Revision {0}</translation>
    </message>
    <message>
        <source>Base</source>
        <translation>Basis</translation>
    </message>
    <message>
        <source>Step {0}</source>
        <translation>Schritt {0}</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>on this machine</source>
        <translation>auf diesem Rechner</translation>
    </message>
    <message>
        <source>not on this machine; add the file below</source>
        <translation>nicht auf diesem Rechner; Datei unten hinzufügen</translation>
    </message>
    <message>
        <source>Hash {0}</source>
        <translation>Hash {0}</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>Umgebung</translation>
    </message>
    <message>
        <source>Not recorded</source>
        <translation>Nicht aufgezeichnet</translation>
    </message>
    <message>
        <source>Different here</source>
        <translation>Hier anders</translation>
    </message>
    <message>
        <source>On this machine. Its tensors are compared before anything is made.</source>
        <translation>Auf diesem Rechner. Vor dem Nachbau werden die Tensoren verglichen.</translation>
    </message>
    <message>
        <source>Not on this machine. A replay fetches it from the hub.</source>
        <translation>Nicht auf diesem Rechner. Der Nachbau lädt sie vom Hub.</translation>
    </message>
    <message>
        <source>Not found under this name. Name it below.</source>
        <translation>Unter diesem Namen nicht gefunden. Unten angeben.</translation>
    </message>
</context>
<context>
    <name>ChartFrame</name>
    <message>
        <source>Log x</source>
        <translation>log x</translation>
    </message>
    <message>
        <source>Logarithmic x axis</source>
        <translation>Logarithmische x-Achse</translation>
    </message>
    <message>
        <source>Log y</source>
        <translation>log y</translation>
    </message>
    <message>
        <source>Logarithmic y axis</source>
        <translation>Logarithmische y-Achse</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>Folgen</translation>
    </message>
    <message>
        <source>Keep new data in view</source>
        <translation>Neue Daten im Blick behalten</translation>
    </message>
    <message>
        <source>Show all charts</source>
        <translation>Alle Diagramme zeigen</translation>
    </message>
    <message>
        <source>Enlarge</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>Reset zoom</source>
        <translation>Zoom zurücksetzen</translation>
    </message>
    <message>
        <source>Export this chart</source>
        <translation>Dieses Diagramm exportieren</translation>
    </message>
    <message>
        <source>Picture (PNG)…</source>
        <translation>Bild (PNG)…</translation>
    </message>
    <message>
        <source>Drawing (SVG)…</source>
        <translation>Zeichnung (SVG)…</translation>
    </message>
    <message>
        <source>Data shown (CSV)…</source>
        <translation>Gezeigte Daten (CSV)…</translation>
    </message>
    <message>
        <source>Export chart</source>
        <translation>Diagramm exportieren</translation>
    </message>
    <message>
        <source>The chart could not be saved</source>
        <translation>Das Diagramm konnte nicht gespeichert werden</translation>
    </message>
</context>
<context>
    <name>Choosers</name>
    <message>
        <source>Link the block to a model first; its layers are listed from that model.</source>
        <translation>Den Block zuerst mit einem Modell verbinden; dessen Schichten werden aufgelistet.</translation>
    </message>
    <message>
        <source>The layers of this model are not recognized. Type their names instead.</source>
        <translation>Die Schichten dieses Modells werden nicht erkannt. Bitte ihre Namen eintippen.</translation>
    </message>
    <message>
        <source>As in the mix</source>
        <translation>Wie in der Mischung</translation>
    </message>
</context>
<context>
    <name>ClaimsWindow</name>
    <message>
        <source>Claims</source>
        <translation>Aussagen</translation>
    </message>
    <message>
        <source>The bundled sample</source>
        <translation>Das mitgelieferte Beispiel</translation>
    </message>
    <message>
        <source>What the papers claim of the methods, measured with several seeds: shown if the 95 % interval says so, contradicted if it says the opposite. Runs wait until it is over or stopped; what is measured stays.</source>
        <translation>Aussagen der Paper über die Methoden, mit mehreren Seeds gemessen: „shown“, wenn das 95-%-Intervall sie bestätigt, „contradicted“, wenn es das Gegenteil sagt. Läufe warten, bis die Messung endet oder gestoppt wird; Gemessenes bleibt.</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Measure all</source>
        <translation>Alle messen</translation>
    </message>
    <message>
        <source>Measure selected</source>
        <translation>Auswahl messen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stoppen</translation>
    </message>
    <message>
        <source>Stopping: what is measured stays</source>
        <translation>Wird gestoppt: Gemessenes bleibt</translation>
    </message>
    <message>
        <source>Reading what was measured…</source>
        <translation>Messungen werden gelesen…</translation>
    </message>
    <message>
        <source>, about {0} left</source>
        <translation>, noch etwa {0}</translation>
    </message>
    <message>
        <source>Section</source>
        <translation>Abschnitt</translation>
    </message>
    <message>
        <source>Claim</source>
        <translation>Aussage</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Urteil</translation>
    </message>
    <message>
        <source>Seeds</source>
        <translation>Seeds</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>exakt</translation>
    </message>
    <message>
        <source>Some rows were measured with earlier code.</source>
        <translation>Einige Zeilen wurden mit älterem Code gemessen.</translation>
    </message>
    <message numerus="yes">
        <source>%n of {0} rows are missing.</source>
        <translation>
            <numerusform>%n von {0} Zeilen fehlt.</numerusform>
            <numerusform>%n von {0} Zeilen fehlen.</numerusform>
        </translation>
    </message>
    <message>
        <source>What it would take: {0}</source>
        <translation>Was dazu nötig wäre: {0}</translation>
    </message>
</context>
<context>
    <name>Closing</name>
    <message>
        <source>If you stop it, it ends at the next safe point. Finished blocks are saved and the run can be resumed.</source>
        <translation>Gestoppt wird am nächsten sicheren Punkt. Fertige Blöcke sind gespeichert und der Lauf kann fortgesetzt werden.</translation>
    </message>
    <message>
        <source>Other runs on other machines go on either way.</source>
        <translation>Läufe auf anderen Rechnern gehen in jedem Fall weiter.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation>Stoppen und schließen</translation>
    </message>
    <message>
        <source>It can also continue without the window; the studio shows it again at the next start.</source>
        <translation>Er kann auch ohne Fenster weiterlaufen; beim nächsten Start wird er wieder gezeigt.</translation>
    </message>
    <message>
        <source>Close and keep running</source>
        <translation>Schließen und weiterlaufen lassen</translation>
    </message>
    <message>
        <source>A run is in progress</source>
        <translation>Ein Lauf ist im Gange</translation>
    </message>
    <message>
        <source>Closing after the next safe point…</source>
        <translation>Wird nach dem nächsten sicheren Punkt geschlossen…</translation>
    </message>
</context>
<context>
    <name>CodesChart</name>
    <message>
        <source>Use of the 4-bit code values</source>
        <translation>Nutzung der 4-Bit-Codes</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>Nichts zu zeichnen</translation>
    </message>
    <message>
        <source>The weights are all zero or not finite.</source>
        <translation>Die Gewichte sind alle null oder nicht endlich.</translation>
    </message>
    <message>
        <source>Value / block maximum</source>
        <translation>Wert / Blockmaximum</translation>
    </message>
    <message>
        <source>Fraction of weights</source>
        <translation>Anteil der Gewichte</translation>
    </message>
    <message>
        <source>{0}: error {1}</source>
        <translation>{0}: Fehler {1}</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Find an action</source>
        <translation>Aktion finden</translation>
    </message>
    <message>
        <source>Search for an action</source>
        <translation>Aktion suchen</translation>
    </message>
    <message>
        <source>Actions</source>
        <translation>Aktionen</translation>
    </message>
</context>
<context>
    <name>ComparePanel</name>
    <message>
        <source>Result A</source>
        <translation>Ergebnis A</translation>
    </message>
    <message>
        <source>Result B</source>
        <translation>Ergebnis B</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Gestoppt</translation>
    </message>
    <message>
        <source>The comparison was stopped.</source>
        <translation>Der Vergleich wurde gestoppt.</translation>
    </message>
    <message>
        <source>Nothing to compare yet</source>
        <translation>Noch nichts zu vergleichen</translation>
    </message>
    <message>
        <source>Run a pipeline with at least two blocks or with branches. Every block&apos;s result can be compared.</source>
        <translation>Eine Pipeline mit mindestens zwei Blöcken oder mit Zweigen ausführen. Die Ergebnisse aller Blöcke lassen sich vergleichen.</translation>
    </message>
    <message>
        <source>Metrics of the results</source>
        <translation>Metriken der Ergebnisse</translation>
    </message>
    <message>
        <source>Compare the layers</source>
        <translation>Schichten vergleichen</translation>
    </message>
    <message>
        <source>Reads the weights of the results and shows sizes, errors, outliers and distributions of every layer.</source>
        <translation>Liest die Gewichte der Ergebnisse und zeigt Größen, Fehler, Ausreißer und Verteilungen jeder Schicht.</translation>
    </message>
    <message>
        <source>Compare layers</source>
        <translation>Schichten vergleichen</translation>
    </message>
    <message>
        <source>Metrics</source>
        <translation>Metriken</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Rotations</source>
        <translation>Rotationen</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>Antworten</translation>
    </message>
    <message>
        <source>Copy or save the metrics</source>
        <translation>Metriken kopieren oder speichern</translation>
    </message>
    <message>
        <source>Swap A and B</source>
        <translation>A und B tauschen</translation>
    </message>
    <message>
        <source>Compare more than two results</source>
        <translation>Mehr als zwei Ergebnisse vergleichen</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Mehr</translation>
    </message>
    <message>
        <source>No other results</source>
        <translation>Keine weiteren Ergebnisse</translation>
    </message>
    <message>
        <source>{0} more</source>
        <translation>{0} weitere</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>Differenz</translation>
    </message>
    <message>
        <source>Ratio</source>
        <translation>Verhältnis</translation>
    </message>
    <message>
        <source>B vs. A</source>
        <translation>B gegen A</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>Metrik</translation>
    </message>
    <message>
        <source>Measured differently, so the metrics can&apos;t be compared: {0}</source>
        <translation>Unterschiedlich gemessen, daher sind die Metriken nicht vergleichbar: {0}</translation>
    </message>
    <message>
        <source>Zero by definition: this is the original compared with itself.</source>
        <translation>Null per Definition: Das Original wird mit sich selbst verglichen.</translation>
    </message>
    <message>
        <source>Evaluated with: {0}</source>
        <translation>Evaluiert mit: {0}</translation>
    </message>
    <message>
        <source>Evaluation settings</source>
        <translation>Evaluationseinstellungen</translation>
    </message>
    <message>
        <source>differs</source>
        <translation>anders</translation>
    </message>
    <message>
        <source>same</source>
        <translation>gleich</translation>
    </message>
</context>
<context>
    <name>CompareView</name>
    <message>
        <source>Reading the layers of {0} of {1}…</source>
        <translation>Schichten von {0} aus {1} werden gelesen…</translation>
    </message>
</context>
<context>
    <name>Contents</name>
    <message>
        <source>Block shown</source>
        <translation>Gezeigter Block</translation>
    </message>
    <message>
        <source>Filter charts</source>
        <translation>Diagramme filtern</translation>
    </message>
    <message>
        <source>Charts and plots</source>
        <translation>Diagramme und Plots</translation>
    </message>
    <message>
        <source>Select one to enlarge it; select several with Ctrl or Shift to see them side by side</source>
        <translation>Eines auswählen, um es groß zu sehen; mit Strg oder Umschalt mehrere nebeneinander</translation>
    </message>
</context>
<context>
    <name>CrashDialog</name>
    <message>
        <source>Unexpected error</source>
        <translation>Unerwarteter Fehler</translation>
    </message>
    <message>
        <source>An unexpected error occurred</source>
        <translation>Ein unerwarteter Fehler ist aufgetreten</translation>
    </message>
    <message>
        <source>Your pipeline was saved for recovery. You can continue working; if something looks wrong, save under another name and restart. The report is in {folder}. It names no files, models, people or machines. This is all of it, and it is not sent anywhere.</source>
        <translation>Die Pipeline wurde zur Wiederherstellung gespeichert. Die Arbeit kann weitergehen; wirkt etwas falsch, unter anderem Namen speichern und neu starten. Der Bericht liegt in {folder}. Er nennt keine Dateien, Modelle, Personen oder Rechner. Dies ist sein ganzer Inhalt; er wird nirgendwohin gesendet.</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>Bericht kopieren</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
</context>
<context>
    <name>CurvesChart</name>
    <message>
        <source>Metric</source>
        <translation>Metrik</translation>
    </message>
    <message>
        <source>Metric shown</source>
        <translation>Gezeigte Metrik</translation>
    </message>
    <message>
        <source>Metrics</source>
        <translation>Metriken</translation>
    </message>
    <message>
        <source>No metrics yet</source>
        <translation>Noch keine Metriken</translation>
    </message>
    <message>
        <source>Curves appear here while a block trains.</source>
        <translation>Beim Training eines Blocks erscheinen hier Kurven.</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>{what} of {block}</source>
        <translation>{what} von {block}</translation>
    </message>
</context>
<context>
    <name>Differences</name>
    <message>
        <source>Differences in settings</source>
        <translation>Unterschiede in den Einstellungen</translation>
    </message>
    <message>
        <source>The same settings</source>
        <translation>Gleiche Einstellungen</translation>
    </message>
    <message>
        <source>Select two results or more</source>
        <translation>Zwei oder mehr Ergebnisse auswählen</translation>
    </message>
    <message>
        <source>The blocks before them differ.</source>
        <translation>Die Blöcke davor unterscheiden sich.</translation>
    </message>
    <message>
        <source>Ctrl+click adds a result.</source>
        <translation>Strg+Klick fügt ein Ergebnis hinzu.</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>Einstellung</translation>
    </message>
</context>
<context>
    <name>DistributionChart</name>
    <message>
        <source>All layers</source>
        <translation>Alle Schichten</translation>
    </message>
    <message>
        <source>Show all layers as a heat map</source>
        <translation>Alle Schichten als Heatmap zeigen</translation>
    </message>
    <message>
        <source>One layer</source>
        <translation>Eine Schicht</translation>
    </message>
    <message>
        <source>Show the selected layer as a histogram</source>
        <translation>Die gewählte Schicht als Histogramm zeigen</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Show the distribution of the weights</source>
        <translation>Verteilung der Gewichte zeigen</translation>
    </message>
</context>
<context>
    <name>Document</name>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
</context>
<context>
    <name>Editor</name>
    <message>
        <source>Choose {0}</source>
        <translation>{0} auswählen</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Auswählen…</translation>
    </message>
</context>
<context>
    <name>ExportPanel</name>
    <message>
        <source>Formats</source>
        <translation>Formate</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Run a pipeline first. Each result can then be exported for other programs.</source>
        <translation>Zuerst eine Pipeline ausführen. Jedes Ergebnis lässt sich dann für andere Programme exportieren.</translation>
    </message>
    <message>
        <source>Nothing to export yet</source>
        <translation>Noch nichts zu exportieren</translation>
    </message>
    <message>
        <source>A new or empty folder</source>
        <translation>Ein neuer oder leerer Ordner</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Durchsuchen…</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Export and verify</source>
        <translation>Exportieren und prüfen</translation>
    </message>
    <message>
        <source>Reading the result…</source>
        <translation>Ergebnis wird gelesen…</translation>
    </message>
    <message>
        <source>{0} bits per weight</source>
        <translation>{0} Bits je Gewicht</translation>
    </message>
    <message>
        <source>lossless</source>
        <translation>verlustfrei</translation>
    </message>
    <message>
        <source>smallest lossless format</source>
        <translation>kleinstes verlustfreies Format</translation>
    </message>
    <message>
        <source>Export folder</source>
        <translation>Exportordner</translation>
    </message>
    <message>
        <source>Choose a folder to write to.</source>
        <translation>Bitte einen Zielordner auswählen.</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Wird gestartet…</translation>
    </message>
    <message>
        <source>The export was stopped. No files were written.</source>
        <translation>Der Export wurde gestoppt. Es wurden keine Dateien geschrieben.</translation>
    </message>
</context>
<context>
    <name>FailureDialog</name>
    <message>
        <source>What failed</source>
        <translation>Was schlug fehl</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>Block</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Wo</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Was hilft</translation>
    </message>
    <message>
        <source>Copy all</source>
        <translation>Alles kopieren</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
</context>
<context>
    <name>FieldRow</name>
    <message>
        <source>Help for {0}</source>
        <translation>Hilfe zu {0}</translation>
    </message>
    <message>
        <source>Reset to default ({0})</source>
        <translation>Auf Standard zurücksetzen ({0})</translation>
    </message>
    <message>
        <source>Reset {0}</source>
        <translation>{0} zurücksetzen</translation>
    </message>
    <message>
        <source>Try several values</source>
        <translation>Mehrere Werte probieren</translation>
    </message>
    <message>
        <source>Try several values of {0}</source>
        <translation>Mehrere Werte für {0} probieren</translation>
    </message>
</context>
<context>
    <name>FileController</name>
    <message>
        <source>Pipelines, replay.json, GGUF (*.json *.gguf);;All files (*)</source>
        <translation>Pipelines, replay.json, GGUF (*.json *.gguf);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Open a pipeline</source>
        <translation>Pipeline öffnen</translation>
    </message>
    <message>
        <source>These steps made “{0}”. Check the model and the files that they name.</source>
        <translation>So entstand „{0}“. Bitte das Modell und die genannten Dateien prüfen.</translation>
    </message>
    <message>
        <source>Replace model</source>
        <translation>Modell ersetzen</translation>
    </message>
    <message>
        <source>The pipeline now uses “{0}”. Undo restores the former model.</source>
        <translation>Die Pipeline verwendet jetzt „{0}“. „Rückgängig“ stellt das frühere Modell wieder her.</translation>
    </message>
    <message>
        <source>Add model</source>
        <translation>Modell hinzufügen</translation>
    </message>
    <message>
        <source>Add “{name}” or replace the model?</source>
        <translation>„{name}“ hinzufügen oder das Modell ersetzen?</translation>
    </message>
    <message>
        <source>The pipeline starts with “{old}”. Add the new model as a separate block, for example as a teacher, or replace the model, which makes all results outdated. Either can be undone.</source>
        <translation>Die Pipeline beginnt mit „{old}“. Das neue Modell kann als eigener Block hinzukommen, etwa als Lehrer, oder das bisherige ersetzen; dann sind alle Ergebnisse veraltet. Beides lässt sich rückgängig machen.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Add as a block</source>
        <translation>Als Block hinzufügen</translation>
    </message>
    <message>
        <source>Add “{name}” as a model, open its pipeline, or check how it was made?</source>
        <translation>„{name}“ als Modell hinzufügen, die zugehörige Pipeline öffnen oder die Entstehung prüfen?</translation>
    </message>
    <message>
        <source>It is an export that carries the steps it was made with.</source>
        <translation>Dieser Export enthält die Schritte, mit denen er entstand.</translation>
    </message>
    <message>
        <source>Open its card</source>
        <translation>Modellkarte öffnen</translation>
    </message>
    <message>
        <source>Open its pipeline</source>
        <translation>Zugehörige Pipeline öffnen</translation>
    </message>
    <message>
        <source>Add as a model</source>
        <translation>Als Modell hinzufügen</translation>
    </message>
    <message>
        <source>Pipelines (*.json)</source>
        <translation>Pipelines (*.json)</translation>
    </message>
    <message>
        <source>Save the pipeline</source>
        <translation>Pipeline speichern</translation>
    </message>
    <message>
        <source>Saved to {path}</source>
        <translation>Gespeichert in {path}</translation>
    </message>
    <message>
        <source>Save changes to “{name}”?</source>
        <translation>Änderungen an „{name}“ speichern?</translation>
    </message>
    <message>
        <source>Unsaved changes will be lost.</source>
        <translation>Nicht gespeicherte Änderungen gehen verloren.</translation>
    </message>
    <message>
        <source>Without saving, File › Reopen closed pipeline restores them until the studio is closed.</source>
        <translation>Ohne Speichern stellt Datei › Geschlossene Pipeline wieder öffnen sie wieder her, bis das Programm geschlossen wird.</translation>
    </message>
    <message>
        <source>Don&apos;t save</source>
        <translation>Nicht speichern</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Recover</source>
        <translation>Wiederherstellen</translation>
    </message>
    <message>
        <source>The recovery copy could not be written. Save your work now. {why}</source>
        <translation>Die Wiederherstellungskopie konnte nicht geschrieben werden. Die Arbeit jetzt speichern. {why}</translation>
    </message>
</context>
<context>
    <name>FitPanel</name>
    <message>
        <source>No plan yet</source>
        <translation>Noch kein Plan</translation>
    </message>
    <message>
        <source>Nothing fitted yet</source>
        <translation>Noch nichts angepasst</translation>
    </message>
    <message>
        <source>Unlock all ({0})</source>
        <translation>Alle freigeben ({0})</translation>
    </message>
    <message>
        <source>predicted KL {0}</source>
        <translation>vorhergesagte KL {0}</translation>
    </message>
    <message>
        <source>Fitted block</source>
        <translation>Angepasster Block</translation>
    </message>
    <message>
        <source>Size and predicted KL divergence of the plan</source>
        <translation>Größe und vorhergesagte KL-Divergenz des Plans</translation>
    </message>
    <message>
        <source>Unlock all layers</source>
        <translation>Alle Schichten freigeben</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>Freigeben</translation>
    </message>
    <message>
        <source>Give the block this size and these locks, and run the pipeline</source>
        <translation>Dem Block diese Größe und diese Festlegungen geben und die Pipeline ausführen</translation>
    </message>
    <message>
        <source>Build this plan</source>
        <translation>Diesen Plan bauen</translation>
    </message>
    <message>
        <source>Replace the block by an ordinary one that has a format for each layer</source>
        <translation>Den Block durch einen gewöhnlichen mit einem Format je Schicht ersetzen</translation>
    </message>
    <message>
        <source>Turn into ordinary blocks</source>
        <translation>In gewöhnliche Blöcke umwandeln</translation>
    </message>
    <message>
        <source>Format of each layer, and why</source>
        <translation>Format jeder Schicht, mit Begründung</translation>
    </message>
    <message>
        <source>Run Fit to budget once: it measures how much each layer matters. Then any file size can be chosen here.</source>
        <translation>„Fit to budget“ einmal ausführen: Es misst, wie wichtig jede Schicht ist. Danach lässt sich hier jede Dateigröße wählen.</translation>
    </message>
    <message>
        <source>Front</source>
        <translation>Front</translation>
    </message>
    <message>
        <source>Advice</source>
        <translation>Hinweise</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Copy or save the table of layers</source>
        <translation>Tabelle der Schichten kopieren oder speichern</translation>
    </message>
</context>
<context>
    <name>FitView</name>
    <message>
        <source>Build the plan of {0}</source>
        <translation>Plan von {0} bauen</translation>
    </message>
    <message>
        <source>The Fit to budget block for this plan was removed from the canvas.</source>
        <translation>Der Block „Fit to budget“ dieses Plans wurde von der Zeichenfläche entfernt.</translation>
    </message>
    <message>
        <source>Turn a plan into an ordinary block</source>
        <translation>Plan in einen gewöhnlichen Block umwandeln</translation>
    </message>
    <message>
        <source>“{block}” has the formats of the plan. Undo brings Fit to budget back.</source>
        <translation>„{block}“ hat die Formate des Plans. „Rückgängig“ bringt „Fit to budget“ zurück.</translation>
    </message>
</context>
<context>
    <name>FrontChart</name>
    <message>
        <source>Size and predicted loss</source>
        <translation>Größe und vorhergesagter Verlust</translation>
    </message>
    <message>
        <source>No plan yet</source>
        <translation>Noch kein Plan</translation>
    </message>
    <message>
        <source>Predicted loss for each file size appears here.</source>
        <translation>Hier erscheint der vorhergesagte Verlust für jede Dateigröße.</translation>
    </message>
    <message>
        <source>File size</source>
        <translation>Dateigröße</translation>
    </message>
    <message>
        <source>KL divergence (nats a token)</source>
        <translation>KL-Divergenz (Nats je Token)</translation>
    </message>
    <message>
        <source>Fit, predicted</source>
        <translation>Fit, vorhergesagt</translation>
    </message>
    <message>
        <source>Uniform, predicted</source>
        <translation>Einheitlich, vorhergesagt</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>Gemessen</translation>
    </message>
    <message>
        <source>size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>measured</source>
        <translation>gemessen</translation>
    </message>
    <message>
        <source>{0} nats</source>
        <translation>{0} Nats</translation>
    </message>
    <message>
        <source>predicted</source>
        <translation>vorhergesagt</translation>
    </message>
    <message>
        <source>Uniform {0}</source>
        <translation>Einheitlich {0}</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Fit</translation>
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
        <translation>Als Fläche zeigen; Ziehen dreht sie</translation>
    </message>
    <message>
        <source>Logarithmic colors make small values visible</source>
        <translation>Logarithmische Farben machen kleine Werte sichtbar</translation>
    </message>
    <message>
        <source>Log colors</source>
        <translation>Log-Farben</translation>
    </message>
    <message>
        <source>row</source>
        <translation>Zeile</translation>
    </message>
    <message>
        <source>column</source>
        <translation>Spalte</translation>
    </message>
    <message>
        <source>value</source>
        <translation>Wert</translation>
    </message>
</context>
<context>
    <name>Group</name>
    <message>
        <source>More settings</source>
        <translation>Mehr Einstellungen</translation>
    </message>
    <message>
        <source>  ·  {0} changed</source>
        <translation>  ·  {0} geändert</translation>
    </message>
    <message>
        <source>Settings: {0}</source>
        <translation>Einstellungen: {0}</translation>
    </message>
</context>
<context>
    <name>HeatChart</name>
    <message>
        <source>Weights of all layers</source>
        <translation>Gewichte aller Schichten</translation>
    </message>
    <message>
        <source>No distributions yet</source>
        <translation>Noch keine Verteilungen</translation>
    </message>
    <message>
        <source>Each finished layer adds a row.</source>
        <translation>Jede fertige Schicht fügt eine Zeile hinzu.</translation>
    </message>
    <message>
        <source>Weight / largest |weight| of the layer</source>
        <translation>Gewicht / größtes |Gewicht| der Schicht</translation>
    </message>
    <message>
        <source>Weights before or after compression</source>
        <translation>Gewichte vor oder nach der Kompression</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>Logarithmic colors make rare values visible</source>
        <translation>Logarithmische Farben machen seltene Werte sichtbar</translation>
    </message>
    <message>
        <source>Log colors</source>
        <translation>Log-Farben</translation>
    </message>
    <message>
        <source>Fraction of weights</source>
        <translation>Anteil der Gewichte</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>fraction</source>
        <translation>Anteil</translation>
    </message>
</context>
<context>
    <name>HelpWindow</name>
    <message>
        <source>Guide</source>
        <translation>Anleitung</translation>
    </message>
    <message>
        <source>What is new</source>
        <translation>Neuigkeiten</translation>
    </message>
    <message>
        <source>Glossary</source>
        <translation>Glossar</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>Fit to budget</source>
        <translation>Fit to budget</translation>
    </message>
    <message>
        <source>Quantization</source>
        <translation>Quantisierung</translation>
    </message>
    <message>
        <source>Pruning</source>
        <translation>Pruning</translation>
    </message>
    <message>
        <source>Distillation</source>
        <translation>Destillation</translation>
    </message>
    <message>
        <source>Low rank</source>
        <translation>Low-Rank</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation>Methoden</translation>
    </message>
    <message>
        <source>File formats</source>
        <translation>Dateiformate</translation>
    </message>
    <message>
        <source>About</source>
        <translation>Über</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
</context>
<context>
    <name>HistogramChart</name>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>No distribution yet</source>
        <translation>Noch keine Verteilung</translation>
    </message>
    <message>
        <source>Each layer&apos;s weights before and after compression appear here.</source>
        <translation>Hier erscheinen die Gewichte jeder Schicht vor und nach der Kompression.</translation>
    </message>
    <message>
        <source>Weight</source>
        <translation>Gewicht</translation>
    </message>
    <message>
        <source>Fraction of weights per bin</source>
        <translation>Anteil der Gewichte je Klasse</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Layer shown</source>
        <translation>Gezeigte Schicht</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Adapter update</source>
        <translation>Adapter-Update</translation>
    </message>
    <message>
        <source>{0} at {1}</source>
        <translation>{0} bei {1}</translation>
    </message>
</context>
<context>
    <name>Housekeeping</name>
    <message>
        <source>{0} of old artifacts were deleted to stay within the limit in Preferences.</source>
        <translation>{0} alter Artefakte wurden gelöscht, um unter der Grenze der Programmeinstellungen zu bleiben.</translation>
    </message>
</context>
<context>
    <name>InquiryPages</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
</context>
<context>
    <name>InspectorPanel</name>
    <message>
        <source>Error of this layer in NF4, FP4 and int4</source>
        <translation>Fehler dieser Schicht in NF4, FP4 und int4</translation>
    </message>
    <message>
        <source>4 bits</source>
        <translation>4 Bit</translation>
    </message>
    <message>
        <source>Choose a model or result above to see the size, outliers and error of each layer.</source>
        <translation>Oben ein Modell oder Ergebnis auswählen, um Größe, Ausreißer und Fehler jeder Schicht zu sehen.</translation>
    </message>
    <message>
        <source>Nothing to show yet</source>
        <translation>Noch nichts zu zeigen</translation>
    </message>
    <message>
        <source>Inspect “{0}”</source>
        <translation>„{0}“ untersuchen</translation>
    </message>
    <message>
        <source>Reads the weights of every layer and shows size, outliers and error relative to the original.</source>
        <translation>Liest die Gewichte aller Schichten und zeigt Größe, Ausreißer und Fehler gegenüber dem Original.</translation>
    </message>
    <message>
        <source>Ready to inspect</source>
        <translation>Bereit zur Untersuchung</translation>
    </message>
    <message>
        <source>Skip {layer} in this block</source>
        <translation>{layer} in diesem Block auslassen</translation>
    </message>
    <message>
        <source>Skip all “{role}” layers in this block</source>
        <translation>Alle „{role}“-Schichten in diesem Block auslassen</translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation>Als Markdown kopieren</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation>Als CSV kopieren</translation>
    </message>
    <message>
        <source>Model or result</source>
        <translation>Modell oder Ergebnis</translation>
    </message>
    <message>
        <source>Choose a model or result…</source>
        <translation>Modell oder Ergebnis auswählen…</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Rotation</source>
        <translation>Rotation</translation>
    </message>
    <message>
        <source>Filter by name or role</source>
        <translation>Nach Name oder Rolle filtern</translation>
    </message>
    <message>
        <source>Filter layers</source>
        <translation>Schichten filtern</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>Spalten</translation>
    </message>
    <message>
        <source>Show or hide columns</source>
        <translation>Spalten ein- oder ausblenden</translation>
    </message>
    <message>
        <source>Copy or save the table</source>
        <translation>Tabelle kopieren oder speichern</translation>
    </message>
    <message>
        <source>Plots of this layer</source>
        <translation>Plots dieser Schicht</translation>
    </message>
    <message numerus="yes">
        <source>{0} of %n layers</source>
        <translation>
            <numerusform>{0} von %n Schicht</numerusform>
            <numerusform>{0} von %n Schichten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers</source>
        <translation>
            <numerusform>%n Schicht</numerusform>
            <numerusform>%n Schichten</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} parameters</source>
        <translation>{0} Parameter</translation>
    </message>
    <message>
        <source>{0} bits per weight</source>
        <translation>{0} Bits je Gewicht</translation>
    </message>
    <message>
        <source>activations from {0} tokens</source>
        <translation>Aktivierungen aus {0} Token</translation>
    </message>
</context>
<context>
    <name>InspectorView</name>
    <message>
        <source>Reading every layer…</source>
        <translation>Alle Schichten werden gelesen…</translation>
    </message>
    <message>
        <source>rotated: weight errors do not apply</source>
        <translation>rotiert: Gewichtsfehler sind nicht aussagekräftig</translation>
    </message>
    <message>
        <source>Measuring activations…</source>
        <translation>Aktivierungen werden gemessen…</translation>
    </message>
    <message>
        <source>“{block}” can&apos;t skip layers.</source>
        <translation>„{block}“ kann keine Schichten auslassen.</translation>
    </message>
    <message>
        <source>Skip {layer}</source>
        <translation>{layer} auslassen</translation>
    </message>
    <message>
        <source>“{block}” will skip {layer} in the next run.</source>
        <translation>„{block}“ lässt {layer} im nächsten Lauf aus.</translation>
    </message>
</context>
<context>
    <name>JobRow</name>
    <message>
        <source>Stop</source>
        <translation>Stoppen</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Wird gestoppt…</translation>
    </message>
</context>
<context>
    <name>LayerDialog</name>
    <message>
        <source>Filter, such as down, layers.3 or 12</source>
        <translation>Filter, etwa down, layers.3 oder 12</translation>
    </message>
    <message>
        <source>Filter layers</source>
        <translation>Schichten filtern</translation>
    </message>
    <message>
        <source>Layers of the model</source>
        <translation>Schichten des Modells</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>Rolle</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>By layer</source>
        <translation>Nach Schicht</translation>
    </message>
    <message>
        <source>By role</source>
        <translation>Nach Rolle</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Use selected layers</source>
        <translation>Gewählte Schichten verwenden</translation>
    </message>
    <message>
        <source>Outside the layers</source>
        <translation>Außerhalb der Schichten</translation>
    </message>
    <message>
        <source>Layer {0} · {1}</source>
        <translation>Schicht {0} · {1}</translation>
    </message>
    <message numerus="yes">
        <source>{0} of %n linear layers · {1} of {2} parameters</source>
        <translation>
            <numerusform>{0} von %n linearen Schicht · {1} von {2} Parametern</numerusform>
            <numerusform>{0} von %n linearen Schichten · {1} von {2} Parametern</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LayersChart</name>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Sparsity per layer</source>
        <translation>Sparsity je Schicht</translation>
    </message>
    <message>
        <source>No layers yet</source>
        <translation>Noch keine Schichten</translation>
    </message>
    <message>
        <source>Each layer appears here when a block has finished it.</source>
        <translation>Jede Schicht erscheint hier, sobald ein Block sie fertig hat.</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>Metrik</translation>
    </message>
    <message>
        <source>Layer metric shown</source>
        <translation>Gezeigte Schichtmetrik</translation>
    </message>
    <message>
        <source>{0} per layer</source>
        <translation>{0} je Schicht</translation>
    </message>
</context>
<context>
    <name>LayersComparison</name>
    <message>
        <source>Metric</source>
        <translation>Metrik</translation>
    </message>
    <message>
        <source>Save the table of layers</source>
        <translation>Tabelle der Schichten speichern</translation>
    </message>
    <message>
        <source>Save this table as CSV</source>
        <translation>Diese Tabelle als CSV speichern</translation>
    </message>
    <message>
        <source>Layers of the results</source>
        <translation>Schichten der Ergebnisse</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>Original</translation>
    </message>
    <message>
        <source>Weights of {0}</source>
        <translation>Gewichte von {0}</translation>
    </message>
    <message>
        <source>{0} by layer</source>
        <translation>{0} je Schicht</translation>
    </message>
</context>
<context>
    <name>LayersModel</name>
    <message>
        <source>Index of the decoder or encoder layer; empty outside the layers.</source>
        <translation>Index der Decoder- oder Encoder-Schicht; leer außerhalb der Schichten.</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Name of the module in the checkpoint.</source>
        <translation>Name des Moduls im Checkpoint.</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>Rolle</translation>
    </message>
    <message>
        <source>Function of the module in its layer.</source>
        <translation>Funktion des Moduls in seiner Schicht.</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>Output × input features, as stored.</source>
        <translation>Ausgangs- × Eingangsmerkmale, wie gespeichert.</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Storage format of the weight.</source>
        <translation>Speicherformat des Gewichts.</translation>
    </message>
</context>
<context>
    <name>LayersPicker</name>
    <message>
        <source>Choose from this model&apos;s layers</source>
        <translation>Aus den Schichten dieses Modells auswählen</translation>
    </message>
    <message>
        <source>Choose {0} from the model&apos;s layers</source>
        <translation>{0} aus den Schichten des Modells auswählen</translation>
    </message>
</context>
<context>
    <name>Layouts</name>
    <message>
        <source>Layouts</source>
        <translation>Anordnungen</translation>
    </message>
    <message>
        <source>Inspect</source>
        <translation>Untersuchen</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Enlarge the panels of this task; Esc puts everything back.</source>
        <translation>Die Panels dieser Aufgabe vergrößern; Esc stellt alles zurück.</translation>
    </message>
    <message>
        <source>Save layout</source>
        <translation>Anordnung speichern</translation>
    </message>
    <message>
        <source>Layout name</source>
        <translation>Name der Anordnung</translation>
    </message>
    <message>
        <source>Layout “{name}” was added to the View menu.</source>
        <translation>Die Anordnung „{name}“ steht jetzt im Menü „Ansicht“.</translation>
    </message>
    <message>
        <source>Layout “{name}” was deleted.</source>
        <translation>Die Anordnung „{name}“ wurde gelöscht.</translation>
    </message>
    <message>
        <source>A layout named “{name}” exists already.</source>
        <translation>Eine Anordnung namens „{name}“ gibt es schon.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Ersetzen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Layout: {name}</source>
        <translation>Anordnung: {name}</translation>
    </message>
    <message>
        <source>Restore this arrangement of panels.</source>
        <translation>Diese Anordnung der Panels wiederherstellen.</translation>
    </message>
    <message>
        <source>Delete layout: {name}</source>
        <translation>Anordnung löschen: {name}</translation>
    </message>
    <message>
        <source>Remove this layout.</source>
        <translation>Diese Anordnung entfernen.</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>More curves</source>
        <translation>Weitere Kurven</translation>
    </message>
    <message>
        <source>Hide {0}</source>
        <translation>{0} ausblenden</translation>
    </message>
    <message>
        <source>Show {0}</source>
        <translation>{0} zeigen</translation>
    </message>
</context>
<context>
    <name>LogView</name>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>Warnungen und Fehler</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Stufe</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Save the log as text</source>
        <translation>Protokoll als Text speichern</translation>
    </message>
    <message>
        <source>Messages from the engine appear here.</source>
        <translation>Meldungen der Engine erscheinen hier.</translation>
    </message>
    <message>
        <source>Save the log</source>
        <translation>Protokoll speichern</translation>
    </message>
    <message>
        <source>Text (*.txt)</source>
        <translation>Text (*.txt)</translation>
    </message>
</context>
<context>
    <name>MachineCard</name>
    <message>
        <source>Check</source>
        <translation>Prüfen</translation>
    </message>
    <message>
        <source>Install…</source>
        <translation>Installieren…</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Install this version there, in a folder of its own.</source>
        <translation>Diese Version dort in einem eigenen Ordner installieren.</translation>
    </message>
    <message>
        <source>Not checked yet</source>
        <translation>Noch nicht geprüft</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>Verbindung wird aufgebaut…</translation>
    </message>
    <message>
        <source>{0} of memory</source>
        <translation>{0} Speicher</translation>
    </message>
    <message>
        <source>{0} free on the disk</source>
        <translation>{0} frei auf dem Datenträger</translation>
    </message>
    <message>
        <source>version {0}</source>
        <translation>Version {0}</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>Folgen</translation>
    </message>
    <message>
        <source>Nothing runs there.</source>
        <translation>Dort läuft nichts.</translation>
    </message>
    <message numerus="yes">
        <source>%n more run.</source>
        <translation>
            <numerusform>%n weiterer läuft.</numerusform>
            <numerusform>%n weitere laufen.</numerusform>
        </translation>
    </message>
    <message>
        <source>compression-studio {version} goes to {name} ({where}), into a folder of its own. Torch and other libraries are fetched there from the package index, which takes some minutes and some GB.</source>
        <translation>compression-studio {version} kommt auf {name} ({where}) in einen eigenen Ordner. Torch und andere Bibliotheken werden dort vom Paketindex geladen, was einige Minuten und einige GB braucht.</translation>
    </message>
    <message>
        <source>Install</source>
        <translation>Installieren</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Install there?</source>
        <translation>Dort installieren?</translation>
    </message>
    <message>
        <source>Installing…</source>
        <translation>Wird installiert…</translation>
    </message>
</context>
<context>
    <name>MachineChoice</name>
    <message>
        <source>Machines…</source>
        <translation>Rechner…</translation>
    </message>
    <message>
        <source>One process</source>
        <translation>Ein Prozess</translation>
    </message>
    <message>
        <source>DDP: each GPU has the whole model</source>
        <translation>DDP: Jede GPU hat das ganze Modell</translation>
    </message>
    <message>
        <source>FSDP2: the weights are split over the GPUs</source>
        <translation>FSDP2: Die Gewichte sind auf die GPUs verteilt</translation>
    </message>
    <message>
        <source>, {0} × {1}</source>
        <translation>, {0} × {1}</translation>
    </message>
    <message>
        <source>On {0}</source>
        <translation>Auf {0}</translation>
    </message>
    <message>
        <source>On this computer</source>
        <translation>Auf diesem Rechner</translation>
    </message>
</context>
<context>
    <name>Machines</name>
    <message>
        <source>Fetching the run from {0}…</source>
        <translation>Der Lauf wird von {0} geholt…</translation>
    </message>
    <message>
        <source>The weights of this run are on this computer.</source>
        <translation>Die Gewichte dieses Laufs sind auf diesem Rechner.</translation>
    </message>
    <message>
        <source>Connecting to {0}…</source>
        <translation>Verbindung zu {0} wird aufgebaut…</translation>
    </message>
    <message>
        <source>Fetched: {0}</source>
        <translation>Geholt: {0}</translation>
    </message>
</context>
<context>
    <name>MachinesWindow</name>
    <message>
        <source>Machines</source>
        <translation>Rechner</translation>
    </message>
    <message>
        <source>Machines that ssh reaches without asking for a password. Runs go on there when the connection is lost; the models and texts that they need are sent.</source>
        <translation>Rechner, die ssh ohne Passwortabfrage erreicht. Läufe gehen dort weiter, wenn die Verbindung abreißt; benötigte Modelle und Texte werden übertragen.</translation>
    </message>
    <message>
        <source>Add a machine…</source>
        <translation>Rechner hinzufügen…</translation>
    </message>
    <message>
        <source>No machine yet</source>
        <translation>Noch kein Rechner</translation>
    </message>
    <message>
        <source>Add one by what you give to ssh, such as user@host.</source>
        <translation>Hinzufügen mit dem, was ssh bekommt, etwa user@host.</translation>
    </message>
    <message>
        <source>DDP: each GPU has the whole model. FSDP2: the weights are split over the GPUs.</source>
        <translation>DDP: Jede GPU hat das ganze Modell. FSDP2: Die Gewichte sind auf die GPUs verteilt.</translation>
    </message>
    <message>
        <source>What several processes share</source>
        <translation>Was mehrere Prozesse teilen</translation>
    </message>
    <message>
        <source>only with Slurm: srun --gres=gpu:1 --time=8:00:00</source>
        <translation>nur mit Slurm: srun --gres=gpu:1 --time=8:00:00</translation>
    </message>
    <message>
        <source>user@host, or a name of ~/.ssh/config</source>
        <translation>user@host oder ein Name aus ~/.ssh/config</translation>
    </message>
    <message>
        <source>the usual one</source>
        <translation>der übliche</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Destination for ssh</source>
        <translation>Ziel für ssh</translation>
    </message>
    <message>
        <source>Python there</source>
        <translation>Python dort</translation>
    </message>
    <message>
        <source>Workspace there</source>
        <translation>Datenordner dort</translation>
    </message>
    <message>
        <source>Launcher</source>
        <translation>Startbefehl</translation>
    </message>
    <message>
        <source>Processes</source>
        <translation>Prozesse</translation>
    </message>
    <message>
        <source>As many as there are GPUs: each process computes on one.</source>
        <translation>So viele wie GPUs: Jeder Prozess rechnet auf einer.</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>{0} is taken off this list. Nothing changes on it, and its runs go on.</source>
        <translation>{0} wird von dieser Liste genommen. Dort ändert sich nichts, und Läufe gehen weiter.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Remove this machine?</source>
        <translation>Diesen Rechner entfernen?</translation>
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
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>&amp;Lauf</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>Home</source>
        <translation>Startseite</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>  Find an action     Ctrl+Shift+P</source>
        <translation>  Aktion finden     Strg+Umschalt+P</translation>
    </message>
    <message>
        <source>The machine that the run goes to</source>
        <translation>Der Rechner, auf dem gerechnet wird</translation>
    </message>
</context>
<context>
    <name>MemoryChart</name>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>No memory readings yet</source>
        <translation>Noch keine Speicherwerte</translation>
    </message>
    <message>
        <source>Memory use appears here once a run starts.</source>
        <translation>Die Speichernutzung erscheint hier, sobald ein Lauf beginnt.</translation>
    </message>
    <message>
        <source>Elapsed time</source>
        <translation>Verstrichene Zeit</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>Prozess</translation>
    </message>
    <message>
        <source>Process, peak</source>
        <translation>Prozess, Spitze</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Device, peak</source>
        <translation>Gerät, Spitze</translation>
    </message>
</context>
<context>
    <name>MethodPicker</name>
    <message>
        <source>Search methods</source>
        <translation>Methoden suchen</translation>
    </message>
    <message>
        <source>No matching methods.</source>
        <translation>Keine passenden Methoden.</translation>
    </message>
</context>
<context>
    <name>MetricChart</name>
    <message>
        <source>By layer</source>
        <translation>Nach Schicht</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>Nichts zu zeichnen</translation>
    </message>
    <message>
        <source>No layer has a value for this metric.</source>
        <translation>Keine Schicht hat einen Wert für diese Metrik.</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>Metrik</translation>
    </message>
    <message>
        <source>{0} by layer</source>
        <translation>{0} je Schicht</translation>
    </message>
</context>
<context>
    <name>MiniMap</name>
    <message>
        <source>Map of the pipeline</source>
        <translation>Karte der Pipeline</translation>
    </message>
</context>
<context>
    <name>ModelDialog</name>
    <message>
        <source>Open a model</source>
        <translation>Modell öffnen</translation>
    </message>
    <message>
        <source>Stop download</source>
        <translation>Download stoppen</translation>
    </message>
    <message>
        <source>Folder, GGUF file, or owner/name on the hub</source>
        <translation>Ordner, GGUF-Datei oder owner/name auf dem Hub</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>Revision</translation>
    </message>
    <message>
        <source>Branch, tag or commit on the hub. Leave empty for the latest.</source>
        <translation>Branch, Tag oder Commit auf dem Hub. Leer für den neuesten Stand.</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>Ordner…</translation>
    </message>
    <message>
        <source>GGUF file…</source>
        <translation>GGUF-Datei…</translation>
    </message>
    <message>
        <source>Recent models</source>
        <translation>Zuletzt verwendete Modelle</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>Zuletzt verwendet</translation>
    </message>
    <message>
        <source>Layers, shapes and sizes are read from the file headers. No weights are loaded.</source>
        <translation>Schichten, Formen und Größen stehen in den Dateiköpfen. Es werden keine Gewichte geladen.</translation>
    </message>
    <message>
        <source>Choose a model to see its structure</source>
        <translation>Ein Modell auswählen, um seine Struktur zu sehen</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>Herunterladen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Add to the canvas</source>
        <translation>Zur Zeichenfläche hinzufügen</translation>
    </message>
    <message>
        <source>Reading the headers…</source>
        <translation>Dateiköpfe werden gelesen…</translation>
    </message>
    <message>
        <source>No structure to show</source>
        <translation>Keine Struktur zu zeigen</translation>
    </message>
    <message>
        <source>Choose another model or correct the name.</source>
        <translation>Ein anderes Modell auswählen oder den Namen korrigieren.</translation>
    </message>
    <message>
        <source>Model folder</source>
        <translation>Modellordner</translation>
    </message>
    <message>
        <source>GGUF file</source>
        <translation>GGUF-Datei</translation>
    </message>
    <message>
        <source>GGUF (*.gguf);;All files (*)</source>
        <translation>GGUF (*.gguf);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Sample model</source>
        <translation>Beispielmodell</translation>
    </message>
    <message>
        <source>Contacting the hub about {model}…</source>
        <translation>Der Hub wird nach {model} gefragt…</translation>
    </message>
    <message>
        <source>Downloaded to {folder}.</source>
        <translation>Heruntergeladen nach {folder}.</translation>
    </message>
    <message>
        <source>The download was stopped. Click Download to continue where it stopped.</source>
        <translation>Der Download wurde gestoppt. „Herunterladen“ setzt ihn fort.</translation>
    </message>
</context>
<context>
    <name>ModelEditor</name>
    <message>
        <source>Folder, GGUF file or hub id</source>
        <translation>Ordner, GGUF-Datei oder Hub-ID</translation>
    </message>
    <message>
        <source>Model folder…</source>
        <translation>Modellordner…</translation>
    </message>
    <message>
        <source>GGUF file…</source>
        <translation>GGUF-Datei…</translation>
    </message>
    <message>
        <source>Model folder</source>
        <translation>Modellordner</translation>
    </message>
    <message>
        <source>GGUF file</source>
        <translation>GGUF-Datei</translation>
    </message>
</context>
<context>
    <name>Opening</name>
    <message>
        <source>No program is set up to open this file: {0}</source>
        <translation>Für diese Datei ist kein Programm eingerichtet: {0}</translation>
    </message>
</context>
<context>
    <name>OpeningLinesView</name>
    <message>
        <source>Program</source>
        <translation>Programm</translation>
    </message>
    <message>
        <source>Lines</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Open in</source>
        <translation>Öffnen in</translation>
    </message>
</context>
<context>
    <name>OptionalEditor</name>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>{0}: automatic</source>
        <translation>{0}: automatisch</translation>
    </message>
</context>
<context>
    <name>Outline</name>
    <message>
        <source>Pipeline outline</source>
        <translation>Gliederung der Pipeline</translation>
    </message>
    <message>
        <source>Insert adds a method, Delete removes a block, Ctrl+Up and Ctrl+Down reorder, Enter opens the settings.</source>
        <translation>Einfg fügt eine Methode hinzu, Entf entfernt einen Block, Strg+Auf und Strg+Ab ordnen um, Eingabe öffnet die Einstellungen.</translation>
    </message>
    <message>
        <source>Add method…</source>
        <translation>Methode hinzufügen…</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>Nach oben</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>Nach unten</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
</context>
<context>
    <name>Palette</name>
    <message>
        <source>Drag onto the canvas, or press Enter to add after the selected block.</source>
        <translation>Auf die Zeichenfläche ziehen; die Eingabetaste fügt hinter dem gewählten Block ein.</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation>Methoden</translation>
    </message>
</context>
<context>
    <name>Panel</name>
    <message>
        <source>Loading…</source>
        <translation>Wird geladen…</translation>
    </message>
</context>
<context>
    <name>ParallelChart</name>
    <message>
        <source>Parallel coordinates</source>
        <translation>Parallele Koordinaten</translation>
    </message>
    <message numerus="yes">
        <source>%n results: {names}</source>
        <translation>
            <numerusform>%n Ergebnis: {names}</numerusform>
            <numerusform>%n Ergebnisse: {names}</numerusform>
        </translation>
    </message>
    <message>
        <source>Run a sweep or select several results. Each one becomes a line across the settings and metrics that differ.</source>
        <translation>Einen Sweep ausführen oder mehrere Ergebnisse auswählen. Jedes wird eine Linie durch die Einstellungen und Metriken, die sich unterscheiden.</translation>
    </message>
</context>
<context>
    <name>ParetoChart</name>
    <message>
        <source>Pareto front</source>
        <translation>Pareto-Front</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>Nichts zu zeichnen</translation>
    </message>
    <message>
        <source>No result has both values. Run a pipeline or choose other axes.</source>
        <translation>Kein Ergebnis hat beide Werte. Eine Pipeline ausführen oder andere Achsen wählen.</translation>
    </message>
    <message>
        <source>Axis</source>
        <translation>Achse</translation>
    </message>
    <message>
        <source>Pareto front ({count} not comparable)</source>
        <translation>Pareto-Front ({count} nicht vergleichbar)</translation>
    </message>
</context>
<context>
    <name>PastRuns</name>
    <message>
        <source>Restore the pipeline of the run at {0}</source>
        <translation>Die Pipeline des Laufs um {0} wiederherstellen</translation>
    </message>
</context>
<context>
    <name>PipelineScene</name>
    <message>
        <source>Edit comment</source>
        <translation>Kommentar bearbeiten</translation>
    </message>
</context>
<context>
    <name>PlanMap</name>
    <message>
        <source>Format of each layer</source>
        <translation>Format jeder Schicht</translation>
    </message>
    <message>
        <source>No plan yet</source>
        <translation>Noch kein Plan</translation>
    </message>
    <message>
        <source>The format of each layer appears here.</source>
        <translation>Hier erscheint das Format jeder Schicht.</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>{0} in {1}, {2} bits a weight</source>
        <translation>{0} in {1}, {2} Bits je Gewicht</translation>
    </message>
    <message>
        <source>{0} bits a weight</source>
        <translation>{0} Bits je Gewicht</translation>
    </message>
    <message>
        <source>size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>loss</source>
        <translation>Verlust</translation>
    </message>
    <message>
        <source>{0} nats</source>
        <translation>{0} Nats</translation>
    </message>
    <message>
        <source>one up</source>
        <translation>eins höher</translation>
    </message>
    <message>
        <source>one down</source>
        <translation>eins tiefer</translation>
    </message>
</context>
<context>
    <name>PlanModel</name>
    <message>
        <source>Nats that a megabyte of it saves</source>
        <translation>Nats, die ein Megabyte davon spart</translation>
    </message>
    <message>
        <source>Nats lost for each megabyte saved by it</source>
        <translation>Verlorene Nats je eingespartem Megabyte</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Layers that have one format: by role and number of the decoder layer</source>
        <translation>Schichten mit gleichem Format: nach Rolle und Nummer der Decoder-Schicht</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>How it is stored</source>
        <translation>Speicherformat</translation>
    </message>
    <message>
        <source>Bits</source>
        <translation>Bits</translation>
    </message>
    <message>
        <source>Bits of a weight, scales included</source>
        <translation>Bits je Gewicht, samt Skalen</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>Bytes</translation>
    </message>
    <message>
        <source>Bytes in the file</source>
        <translation>Bytes in der Datei</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>Verlust</translation>
    </message>
    <message>
        <source>Predicted KL divergence of this unit alone, in nats a token</source>
        <translation>Vorhergesagte KL-Divergenz dieser Einheit allein, in Nats je Token</translation>
    </message>
    <message>
        <source>One step up</source>
        <translation>Eine Stufe höher</translation>
    </message>
    <message>
        <source>The next larger format, and what it changes</source>
        <translation>Das nächstgrößere Format und was es ändert</translation>
    </message>
    <message>
        <source>Nats/MB</source>
        <translation>Nats/MB</translation>
    </message>
    <message>
        <source>One step down</source>
        <translation>Eine Stufe tiefer</translation>
    </message>
    <message>
        <source>The next smaller format, and what it changes</source>
        <translation>Das nächstkleinere Format und was es ändert</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>Why it is not another one</source>
        <translation>Warum es kein anderes ist</translation>
    </message>
</context>
<context>
    <name>PlanView</name>
    <message>
        <source>Check (F7) estimates the memory, disk space and time of a run.</source>
        <translation>Prüfen (F7) schätzt Speicher, Plattenplatz und Zeit eines Laufs.</translation>
    </message>
    <message>
        <source>No estimate yet</source>
        <translation>Noch keine Schätzung</translation>
    </message>
    <message>
        <source>Peak memory</source>
        <translation>Spitzenspeicher</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>Datenträger</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>{need} of {free} free</source>
        <translation>{need} von {free} frei</translation>
    </message>
    <message>
        <source>{need}, {free} free</source>
        <translation>{need}, {free} frei</translation>
    </message>
    <message>
        <source>{0} of it is in use already.</source>
        <translation>{0} davon sind schon belegt.</translation>
    </message>
    <message>
        <source>no new blocks</source>
        <translation>keine neuen Blöcke</translation>
    </message>
    <message>
        <source>unknown until it runs</source>
        <translation>unbekannt bis zum Lauf</translation>
    </message>
    <message>
        <source>{now} ({quiet} if idle)</source>
        <translation>{now} ({quiet} im Leerlauf)</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>Block</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>cached</source>
        <translation>aus Cache</translation>
    </message>
    <message>
        <source>Evaluation</source>
        <translation>Evaluation</translation>
    </message>
</context>
<context>
    <name>PlotTile</name>
    <message>
        <source>Curves</source>
        <translation>Kurven</translation>
    </message>
    <message>
        <source>Check the curves to show; double-click one to show it alone</source>
        <translation>Kurven ankreuzen, die gezeigt werden; Doppelklick zeigt eine allein</translation>
    </message>
    <message>
        <source>{what} of {block}</source>
        <translation>{what} von {block}</translation>
    </message>
</context>
<context>
    <name>Preferences</name>
    <message>
        <source>Preferences</source>
        <translation>Programmeinstellungen</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Aussehen</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Dateien</translation>
    </message>
    <message>
        <source>Hub</source>
        <translation>Hub</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Defaults</source>
        <translation>Vorgaben</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Same as the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation>Hoher Kontrast</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>&amp;Farbschema</translation>
    </message>
    <message>
        <source>Text &amp;size</source>
        <translation>Schrift&amp;größe</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>&amp;Sprache</translation>
    </message>
    <message>
        <source>Set by the environment variable {0}.</source>
        <translation>Durch die Umgebungsvariable {0} festgelegt.</translation>
    </message>
    <message>
        <source>Used after a restart. Settings and messages of methods are in English.</source>
        <translation>Gilt nach einem Neustart. Einstellungen und Meldungen der Methoden sind auf Englisch.</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>Ändern…</translation>
    </message>
    <message>
        <source>Data folder</source>
        <translation>Datenordner</translation>
    </message>
    <message>
        <source>Runs, artifacts and caches. A new folder is used after a restart. Files are not moved.</source>
        <translation>Läufe, Artefakte und Caches. Ein neuer Ordner gilt nach einem Neustart. Dateien werden nicht verschoben.</translation>
    </message>
    <message>
        <source>Calculating…</source>
        <translation>Wird berechnet…</translation>
    </message>
    <message>
        <source>Disk usage</source>
        <translation>Belegter Platz</translation>
    </message>
    <message>
        <source>Delete unused data</source>
        <translation>Ungenutzte Daten löschen</translation>
    </message>
    <message>
        <source>Clear cache</source>
        <translation>Cache leeren</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>keine Grenze</translation>
    </message>
    <message>
        <source>Apply now</source>
        <translation>Jetzt anwenden</translation>
    </message>
    <message>
        <source>Limit artifacts to</source>
        <translation>Artefakte begrenzen</translation>
    </message>
    <message>
        <source>Applied after every run. Unused artifacts are deleted first, then the oldest. Metrics and charts stay.</source>
        <translation>Gilt nach jedem Lauf. Zuerst werden ungenutzte Artefakte gelöscht, dann die ältesten. Metriken und Diagramme bleiben.</translation>
    </message>
    <message>
        <source>The new folder is used after a restart. The present one is not changed.</source>
        <translation>Der neue Ordner gilt nach einem Neustart. Der jetzige bleibt, wie er ist.</translation>
    </message>
    <message>
        <source>The folder can&apos;t be read.</source>
        <translation>Der Ordner ist nicht lesbar.</translation>
    </message>
    <message>
        <source>{total}: artifacts {artifacts} ({unused} unused), runs {runs}, cache {cache}</source>
        <translation>{total}: Artefakte {artifacts} ({unused} ungenutzt), Läufe {runs}, Cache {cache}</translation>
    </message>
    <message>
        <source>A run is in progress. Wait until it ends, then delete data.</source>
        <translation>Ein Lauf ist im Gange. Daten erst löschen, wenn er endet.</translation>
    </message>
    <message>
        <source>Models of the oldest runs are deleted until {0} GB remain. Running a pipeline again recreates them.</source>
        <translation>Die Modelle der ältesten Läufe werden gelöscht, bis {0} GB bleiben. Ein erneuter Lauf der Pipeline erzeugt sie wieder.</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Delete old artifacts?</source>
        <translation>Alte Artefakte löschen?</translation>
    </message>
    <message>
        <source>Not everything could be deleted.</source>
        <translation>Nicht alles konnte gelöscht werden.</translation>
    </message>
    <message>
        <source>{0} freed.</source>
        <translation>{0} freigegeben.</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Read from “hf auth login” or HF_TOKEN. This program never stores it.</source>
        <translation>Gelesen aus „hf auth login“ oder HF_TOKEN. Dieses Programm speichert es nie.</translation>
    </message>
    <message>
        <source>&amp;Mirror</source>
        <translation>Spie&amp;gelserver</translation>
    </message>
    <message>
        <source>Used after a restart. Leave empty for the hub itself.</source>
        <translation>Gilt nach einem Neustart. Leer für den Hub selbst.</translation>
    </message>
    <message>
        <source>“{0}” is not a valid address. It must begin with https://</source>
        <translation>„{0}“ ist keine gültige Adresse. Sie muss mit https:// beginnen</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>&amp;Compute on</source>
        <translation>&amp;Rechnen auf</translation>
    </message>
    <message>
        <source>Used after a restart. Precision is set for each method and for evaluation: see Defaults.</source>
        <translation>Gilt nach einem Neustart. Die Genauigkeit steht bei jeder Methode und der Evaluation: siehe „Vorgaben“.</translation>
    </message>
    <message>
        <source>“{0}” is not a device: write cpu, cuda, cuda:1, xpu or mps.</source>
        <translation>„{0}“ ist kein Gerät: cpu, cuda, cuda:1, xpu oder mps schreiben.</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Methode</translation>
    </message>
    <message>
        <source>Evaluation (new pipelines)</source>
        <translation>Evaluation (neue Pipelines)</translation>
    </message>
    <message>
        <source>Initial settings of new blocks. Existing blocks and pipelines do not change.</source>
        <translation>Anfangswerte neuer Blöcke. Vorhandene Blöcke und Pipelines ändern sich nicht.</translation>
    </message>
</context>
<context>
    <name>ProblemList</name>
    <message>
        <source>Problems</source>
        <translation>Probleme</translation>
    </message>
    <message>
        <source>No problems.</source>
        <translation>Keine Probleme.</translation>
    </message>
</context>
<context>
    <name>PushDialog</name>
    <message>
        <source>Push to the hub</source>
        <translation>Auf den Hub hochladen</translation>
    </message>
    <message>
        <source>Only the files of the export are sent, in one commit, with your token from “hf auth login” or HF_TOKEN. Files that the hub already has are not sent again.</source>
        <translation>Nur die Dateien des Exports werden gesendet, in einem Commit, mit dem Token aus „hf auth login“ oder HF_TOKEN. Was der Hub schon hat, wird nicht noch einmal gesendet.</translation>
    </message>
    <message>
        <source>owner/name, or a name in your account</source>
        <translation>owner/name oder ein Name im eigenen Konto</translation>
    </message>
    <message>
        <source>Visibility</source>
        <translation>Sichtbarkeit</translation>
    </message>
    <message>
        <source>Private</source>
        <translation>Privat</translation>
    </message>
    <message>
        <source>Public</source>
        <translation>Öffentlich</translation>
    </message>
    <message>
        <source>Of a new repository. An existing one stays as it is.</source>
        <translation>Eines neuen Repositorys. Ein vorhandenes bleibt, wie es ist.</translation>
    </message>
    <message>
        <source>Replace files in a repository that holds others</source>
        <translation>Dateien in einem Repository ersetzen, das andere enthält</translation>
    </message>
    <message>
        <source>Repository</source>
        <translation>Repository</translation>
    </message>
    <message>
        <source>Branch</source>
        <translation>Branch</translation>
    </message>
    <message>
        <source>Commit message</source>
        <translation>Commit-Nachricht</translation>
    </message>
    <message>
        <source>Open page</source>
        <translation>Seite öffnen</translation>
    </message>
    <message>
        <source>Copy address</source>
        <translation>Adresse kopieren</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Push</source>
        <translation>Hochladen</translation>
    </message>
    <message>
        <source>Upload {0}</source>
        <translation>{0} hochladen</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Wird gestartet…</translation>
    </message>
    <message>
        <source>No program is set up to open this page: {0}</source>
        <translation>Für diese Seite ist kein Programm eingerichtet: {0}</translation>
    </message>
    <message>
        <source>The push was stopped. Nothing was published. Push again to continue where it stopped.</source>
        <translation>Das Hochladen wurde gestoppt. Es wurde nichts veröffentlicht. Erneutes Hochladen setzt es fort.</translation>
    </message>
</context>
<context>
    <name>QueueDialog</name>
    <message>
        <source>Queue</source>
        <translation>Warteschlange</translation>
    </message>
    <message>
        <source>Running and queued pipelines</source>
        <translation>Laufende und wartende Pipelines</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>Nach oben</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>Nach unten</translation>
    </message>
    <message>
        <source>Run on</source>
        <translation>Ausführen auf</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Show run</source>
        <translation>Lauf zeigen</translation>
    </message>
    <message>
        <source>Cancel run</source>
        <translation>Lauf abbrechen</translation>
    </message>
    <message>
        <source>Pause queue</source>
        <translation>Warteschlange anhalten</translation>
    </message>
    <message>
        <source>Start nothing more. What runs goes on.</source>
        <translation>Nichts mehr starten. Was läuft, läuft weiter.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Continue queue</source>
        <translation>Warteschlange fortsetzen</translation>
    </message>
    <message>
        <source>reconnecting</source>
        <translation>verbindet sich neu</translation>
    </message>
    <message>
        <source>shown</source>
        <translation>gezeigt</translation>
    </message>
    <message>
        <source>estimated when it starts</source>
        <translation>wird beim Start geschätzt</translation>
    </message>
    <message>
        <source>no estimate yet</source>
        <translation>noch keine Schätzung</translation>
    </message>
    <message>
        <source>on {0}</source>
        <translation>auf {0}</translation>
    </message>
    <message>
        <source>on this computer</source>
        <translation>auf diesem Rechner</translation>
    </message>
    <message>
        <source>The queue is empty. Run › Add to queue adds the open pipeline.</source>
        <translation>Die Warteschlange ist leer. Lauf › Einreihen fügt die offene Pipeline hinzu.</translation>
    </message>
    <message>
        <source>Paused. </source>
        <translation>Angehalten. </translation>
    </message>
    <message>
        <source>The end time is known once all pipelines have estimates.</source>
        <translation>Das Ende ist bekannt, sobald alle Pipelines geschätzt sind.</translation>
    </message>
    <message>
        <source>Paused. {0} in total.</source>
        <translation>Angehalten. Insgesamt {0}.</translation>
    </message>
    <message>
        <source>About {0} in total, done at about {1}.</source>
        <translation>Insgesamt etwa {0}, fertig gegen {1}.</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>Dieser Rechner</translation>
    </message>
</context>
<context>
    <name>QuickMenu</name>
    <message>
        <source>Add a method</source>
        <translation>Methode hinzufügen</translation>
    </message>
</context>
<context>
    <name>RecentMenu</name>
    <message>
        <source>Open &amp;recent</source>
        <translation>&amp;Zuletzt geöffnet</translation>
    </message>
    <message>
        <source>No recent pipelines</source>
        <translation>Keine zuletzt verwendeten Pipelines</translation>
    </message>
</context>
<context>
    <name>RecoveryOffer</name>
    <message>
        <source>Recover</source>
        <translation>Wiederherstellen</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Verwerfen</translation>
    </message>
    <message>
        <source>“{name}” has unsaved changes from {when}; the studio did not close properly.</source>
        <translation>„{name}“ hat nicht gespeicherte Änderungen von {when}; das Programm wurde nicht ordentlich beendet.</translation>
    </message>
</context>
<context>
    <name>ReportWindow</name>
    <message>
        <source>Report: {0}</source>
        <translation>Bericht: {0}</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>Bericht</translation>
    </message>
</context>
<context>
    <name>ResponsivenessDialog</name>
    <message>
        <source>Responsiveness</source>
        <translation>Reaktionszeit</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>Median</translation>
    </message>
    <message>
        <source>95th percentile</source>
        <translation>95. Perzentil</translation>
    </message>
    <message>
        <source>99th percentile</source>
        <translation>99. Perzentil</translation>
    </message>
    <message>
        <source>Maximum</source>
        <translation>Maximum</translation>
    </message>
    <message>
        <source>Over {0} ms</source>
        <translation>Über {0} ms</translation>
    </message>
    <message>
        <source>Delay of this window&apos;s events over the last minute.</source>
        <translation>Verzögerung der Ereignisse dieses Fensters in der letzten Minute.</translation>
    </message>
</context>
<context>
    <name>ResultCard</name>
    <message>
        <source>Open folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Copy path</source>
        <translation>Pfad kopieren</translation>
    </message>
    <message>
        <source>Push to the hub…</source>
        <translation>Auf den Hub hochladen…</translation>
    </message>
    <message>
        <source>After writing, a fresh process loads the files and compares their predictions with the result&apos;s.</source>
        <translation>Nach dem Schreiben lädt ein neuer Prozess die Dateien und vergleicht ihre Vorhersagen mit denen des Ergebnisses.</translation>
    </message>
    <message>
        <source>Nothing exported yet</source>
        <translation>Noch nichts exportiert</translation>
    </message>
    <message>
        <source>The result appears here after the files have been loaded and compared.</source>
        <translation>Das Ergebnis erscheint hier, nachdem die Dateien geladen und verglichen wurden.</translation>
    </message>
    <message>
        <source>Not verified yet</source>
        <translation>Noch nicht geprüft</translation>
    </message>
    <message>
        <source>{title}: written and verified</source>
        <translation>{title}: geschrieben und geprüft</translation>
    </message>
    <message>
        <source>{title}: written, checked by this program only</source>
        <translation>{title}: geschrieben, nur von diesem Programm geprüft</translation>
    </message>
    <message>
        <source>{title}: written, but could not be verified here</source>
        <translation>{title}: geschrieben, konnte hier aber nicht geprüft werden</translation>
    </message>
    <message>
        <source>{title}: written, but verification failed</source>
        <translation>{title}: geschrieben, aber die Prüfung schlug fehl</translation>
    </message>
    <message>
        <source> ({0:+.2f} % from the estimate)</source>
        <translation> ({0:+.2f} % gegenüber der Schätzung)</translation>
    </message>
    <message>
        <source>, as expected</source>
        <translation>, wie erwartet</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Largest logit difference</source>
        <translation>Größte Logit-Differenz</translation>
    </message>
    <message>
        <source>… in standard deviations</source>
        <translation>… in Standardabweichungen</translation>
    </message>
    <message>
        <source>Allowed</source>
        <translation>Erlaubt</translation>
    </message>
    <message>
        <source>KL divergence</source>
        <translation>KL-Divergenz</translation>
    </message>
    <message>
        <source>Same top-1 token</source>
        <translation>Gleiches Top-1-Token</translation>
    </message>
    <message>
        <source>Verification time</source>
        <translation>Dauer der Prüfung</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Inspect layers</source>
        <translation>Schichten untersuchen</translation>
    </message>
    <message>
        <source>Compare as {letter}</source>
        <translation>Als {letter} vergleichen</translation>
    </message>
</context>
<context>
    <name>ResultsPanel</name>
    <message>
        <source>Filter:  int4  ppl&lt;25</source>
        <translation>Filter:  int4  ppl&lt;25</translation>
    </message>
    <message>
        <source>Filter results</source>
        <translation>Ergebnisse filtern</translation>
    </message>
    <message>
        <source>Filter by words and limits, such as gptq ppl&lt;25 size&lt;50MB bits&lt;=4</source>
        <translation>Nach Wörtern und Grenzen filtern, etwa gptq ppl&lt;25 size&lt;50MB bits&lt;=4</translation>
    </message>
    <message>
        <source>Group by</source>
        <translation>Gruppieren nach</translation>
    </message>
    <message>
        <source>By {0}</source>
        <translation>Nach {0}</translation>
    </message>
    <message>
        <source>No grouping</source>
        <translation>Nicht gruppiert</translation>
    </message>
    <message>
        <source>Results shown</source>
        <translation>Gezeigte Ergebnisse</translation>
    </message>
    <message>
        <source>This pipeline</source>
        <translation>Diese Pipeline</translation>
    </message>
    <message>
        <source>All pipelines</source>
        <translation>Alle Pipelines</translation>
    </message>
    <message>
        <source>Show all results</source>
        <translation>Alle Ergebnisse zeigen</translation>
    </message>
    <message>
        <source>{shown} of {count}</source>
        <translation>{shown} von {count}</translation>
    </message>
    <message numerus="yes">
        <source>This pipeline has no results yet. There are %n of other pipelines.</source>
        <translation>
            <numerusform>Diese Pipeline hat noch keine Ergebnisse. Es gibt %n von einer anderen Pipeline.</numerusform>
            <numerusform>Diese Pipeline hat noch keine Ergebnisse. Es gibt %n von anderen Pipelines.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n results</source>
        <translation>
            <numerusform>%n Ergebnis</numerusform>
            <numerusform>%n Ergebnisse</numerusform>
        </translation>
    </message>
    <message>
        <source>Show this run</source>
        <translation>Diesen Lauf zeigen</translation>
    </message>
    <message>
        <source>Clear baseline</source>
        <translation>Referenz aufheben</translation>
    </message>
    <message>
        <source>Use as baseline</source>
        <translation>Als Referenz verwenden</translation>
    </message>
    <message>
        <source>Compare selected</source>
        <translation>Auswahl vergleichen</translation>
    </message>
    <message>
        <source>All results</source>
        <translation>Alle Ergebnisse</translation>
    </message>
    <message>
        <source>Compare all results with the selected one; click again to stop</source>
        <translation>Alle Ergebnisse mit dem gewählten vergleichen; ein zweiter Klick beendet es</translation>
    </message>
    <message>
        <source>Baseline</source>
        <translation>Referenz</translation>
    </message>
    <message>
        <source>Compare two or more selected results, with their layers</source>
        <translation>Zwei oder mehr gewählte Ergebnisse vergleichen, samt ihren Schichten</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Choose columns</source>
        <translation>Spalten auswählen</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>Spalten</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Copy or save the table</source>
        <translation>Tabelle kopieren oder speichern</translation>
    </message>
    <message>
        <source>Pareto</source>
        <translation>Pareto</translation>
    </message>
    <message>
        <source>Parallel</source>
        <translation>Parallel</translation>
    </message>
    <message>
        <source>Differences</source>
        <translation>Unterschiede</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>Size, quality and speed of every result of every run appear here.</source>
        <translation>Größe, Qualität und Tempo jedes Ergebnisses jedes Laufs erscheinen hier.</translation>
    </message>
    <message>
        <source>Reading the results…</source>
        <translation>Ergebnisse werden gelesen…</translation>
    </message>
    <message>
        <source>No results yet</source>
        <translation>Noch keine Ergebnisse</translation>
    </message>
</context>
<context>
    <name>RotationComparison</name>
    <message>
        <source>Compare rotations</source>
        <translation>Rotationen vergleichen</translation>
    </message>
    <message>
        <source>Three rotations were compared.</source>
        <translation>Drei Rotationen wurden verglichen.</translation>
    </message>
    <message>
        <source>Measuring activations of {0}: {1}</source>
        <translation>Aktivierungen von {0} werden gemessen: {1}</translation>
    </message>
</context>
<context>
    <name>RotationPage</name>
    <message>
        <source>stream</source>
        <translation>Residual</translation>
    </message>
    <message>
        <source>q k v in</source>
        <translation>q k v ein</translation>
    </message>
    <message>
        <source>o in</source>
        <translation>o ein</translation>
    </message>
    <message>
        <source>down in</source>
        <translation>down ein</translation>
    </message>
    <message>
        <source>queries</source>
        <translation>Queries</translation>
    </message>
    <message>
        <source>keys</source>
        <translation>Keys</translation>
    </message>
    <message>
        <source>Kurtosis of a token</source>
        <translation>Kurtosis eines Tokens</translation>
    </message>
    <message>
        <source>Kurtosis of all activations</source>
        <translation>Kurtosis aller Aktivierungen</translation>
    </message>
    <message>
        <source>Largest over median magnitude</source>
        <translation>Größter Betrag / Median</translation>
    </message>
    <message>
        <source>Largest magnitude</source>
        <translation>Größter Betrag</translation>
    </message>
    <message>
        <source>Measured on {0} tokens of “{1}”</source>
        <translation>Gemessen auf {0} Token von „{1}“</translation>
    </message>
    <message>
        <source>The original model is missing, so nothing is compared.</source>
        <translation>Das Originalmodell fehlt, daher wird nichts verglichen.</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Layer {0}, {1}</source>
        <translation>Schicht {0}, {1}</translation>
    </message>
    <message>
        <source>{0}: distribution</source>
        <translation>{0}: Verteilung</translation>
    </message>
    <message>
        <source>{0}: largest magnitudes</source>
        <translation>{0}: größte Beträge</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>Metrik</translation>
    </message>
    <message>
        <source>Distribution scale</source>
        <translation>Skala der Verteilung</translation>
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
        <translation>Anteil der Werte je Klasse</translation>
    </message>
    <message>
        <source>Merged rotations and their distance from the initial ones</source>
        <translation>Zusammengeführte Rotationen und ihr Abstand von den anfänglichen</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>Aktivierungen</translation>
    </message>
    <message>
        <source>Distribution</source>
        <translation>Verteilung</translation>
    </message>
    <message>
        <source>Matrices</source>
        <translation>Matrizen</translation>
    </message>
    <message>
        <source>Runs the block without rotation, with a random Hadamard rotation and with a learned one, and compares them.</source>
        <translation>Führt den Block ohne Rotation, mit zufälliger Hadamard-Rotation und mit gelernter Rotation aus und vergleicht die drei.</translation>
    </message>
    <message>
        <source>Compare rotations</source>
        <translation>Rotationen vergleichen</translation>
    </message>
    <message>
        <source>Measure activations</source>
        <translation>Aktivierungen messen</translation>
    </message>
    <message>
        <source>Runs a few texts through the model and its original and shows activation outliers in every layer before and after.</source>
        <translation>Schickt einige Texte durch das Modell und sein Original und zeigt die Ausreißer der Aktivierungen jeder Schicht vorher und nachher.</translation>
    </message>
    <message>
        <source>Effect of a rotation</source>
        <translation>Wirkung einer Rotation</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Rotation</source>
        <translation>Rotation</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Start</translation>
    </message>
    <message>
        <source>Distance</source>
        <translation>Abstand</translation>
    </message>
    <message>
        <source>Mean angle</source>
        <translation>Mittlerer Winkel</translation>
    </message>
    <message>
        <source>Orthogonality error</source>
        <translation>Orthogonalitätsfehler</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Channel</source>
        <translation>Kanal</translation>
    </message>
</context>
<context>
    <name>RotationsComparison</name>
    <message>
        <source>Rotations side by side</source>
        <translation>Rotationen nebeneinander</translation>
    </message>
    <message>
        <source>Rotation</source>
        <translation>Rotation</translation>
    </message>
    <message>
        <source>Perplexity</source>
        <translation>Perplexität</translation>
    </message>
    <message>
        <source>KL divergence</source>
        <translation>KL-Divergenz</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Kurtosis,
{0}</source>
        <translation>Kurtosis,
{0}</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Kurtosis per token</source>
        <translation>Kurtosis je Token</translation>
    </message>
    <message>
        <source>Activation kurtosis</source>
        <translation>Kurtosis der Aktivierungen</translation>
    </message>
</context>
<context>
    <name>RunController</name>
    <message>
        <source>A run is in progress. Cancel it or wait for it to finish before you open something else.</source>
        <translation>Ein Lauf ist im Gange. Vor dem Öffnen abbrechen oder sein Ende abwarten.</translation>
    </message>
    <message>
        <source>Pausing at the next safe point…</source>
        <translation>Hält am nächsten sicheren Punkt an…</translation>
    </message>
    <message>
        <source>The run continues.</source>
        <translation>Der Lauf geht weiter.</translation>
    </message>
    <message>
        <source>“{block}” stops after this step and keeps its result so far.</source>
        <translation>„{block}“ stoppt nach diesem Schritt und behält das bisherige Ergebnis.</translation>
    </message>
    <message>
        <source>No problems found</source>
        <translation>Keine Probleme gefunden</translation>
    </message>
    <message>
        <source>The check was stopped.</source>
        <translation>Die Prüfung wurde gestoppt.</translation>
    </message>
    <message>
        <source>Paused after “{block}”. Choose Continue to go on.</source>
        <translation>Nach „{block}“ angehalten. „Weiter“ führt den Lauf fort.</translation>
    </message>
    <message>
        <source>Finished in {time}. {what}</source>
        <translation>Fertig in {time}. {what}</translation>
    </message>
    <message>
        <source>Canceled. Finished blocks are saved; Run › Resume a run continues.</source>
        <translation>Abgebrochen. Fertige Blöcke sind gespeichert; Lauf › Lauf fortsetzen macht weiter.</translation>
    </message>
    <message>
        <source>Canceled before the first block started.</source>
        <translation>Abgebrochen, bevor der erste Block begann.</translation>
    </message>
    <message>
        <source>The run failed</source>
        <translation>Der Lauf schlug fehl</translation>
    </message>
</context>
<context>
    <name>RunPage</name>
    <message>
        <source>Notes on this run</source>
        <translation>Notizen zu diesem Lauf</translation>
    </message>
    <message>
        <source>Show this run</source>
        <translation>Diesen Lauf zeigen</translation>
    </message>
    <message>
        <source>Delete run…</source>
        <translation>Lauf löschen…</translation>
    </message>
    <message>
        <source>Select a result</source>
        <translation>Ein Ergebnis auswählen</translation>
    </message>
    <message>
        <source>Details of its run appear here.</source>
        <translation>Einzelheiten seines Laufs erscheinen hier.</translation>
    </message>
</context>
<context>
    <name>RunPanel</name>
    <message>
        <source>Add a model and a method to the canvas, then run the pipeline. The progress of each block appears here.</source>
        <translation>Ein Modell und eine Methode auf die Zeichenfläche legen und die Pipeline ausführen. Der Fortschritt jedes Blocks erscheint hier.</translation>
    </message>
    <message>
        <source>Nothing has run yet</source>
        <translation>Noch nichts ausgeführt</translation>
    </message>
    <message>
        <source>Estimate</source>
        <translation>Schätzung</translation>
    </message>
    <message>
        <source>Problems</source>
        <translation>Probleme</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Progress of the run</source>
        <translation>Fortschritt des Laufs</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Bereit</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Wird geprüft…</translation>
    </message>
    <message>
        <source>Ready to run</source>
        <translation>Bereit zum Ausführen</translation>
    </message>
    <message>
        <source>Can&apos;t run: {problems}</source>
        <translation>Nicht ausführbar: {problems}</translation>
    </message>
    <message>
        <source>The check failed</source>
        <translation>Die Prüfung schlug fehl</translation>
    </message>
    <message>
        <source>Run anyway</source>
        <translation>Trotzdem ausführen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>The estimate may be off. If the run fails, finished blocks are saved.</source>
        <translation>Die Schätzung kann danebenliegen. Schlägt der Lauf fehl, sind fertige Blöcke gespeichert.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
    <message>
        <source>block {number} of {count}, {title}</source>
        <translation>Block {number} von {count}, {title}</translation>
    </message>
    <message>
        <source>Canceling…</source>
        <translation>Wird abgebrochen…</translation>
    </message>
    <message>
        <source>after {place}</source>
        <translation>nach {place}</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Stopping early: {what}</source>
        <translation>Stoppt vorzeitig: {what}</translation>
    </message>
    <message>
        <source>Running {what}</source>
        <translation>{what} läuft</translation>
    </message>
    <message>
        <source>Finished; the result is broken</source>
        <translation>Fertig; das Ergebnis ist unbrauchbar</translation>
    </message>
    <message>
        <source>Finished; the result is degraded</source>
        <translation>Fertig; das Ergebnis ist verschlechtert</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Outdated: the pipeline changed after this run</source>
        <translation>Veraltet: Die Pipeline wurde nach diesem Lauf geändert</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>Canceled; finished blocks are saved</source>
        <translation>Abgebrochen; fertige Blöcke sind gespeichert</translation>
    </message>
    <message>
        <source>Interrupted; finished blocks are saved</source>
        <translation>Unterbrochen; fertige Blöcke sind gespeichert</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Wird gestartet…</translation>
    </message>
    <message>
        <source>Writing the report…</source>
        <translation>Der Bericht wird geschrieben…</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
</context>
<context>
    <name>RunQueue</name>
    <message>
        <source>“{0}” is number {1} in the queue.</source>
        <translation>„{0}“ ist Nummer {1} in der Warteschlange.</translation>
    </message>
    <message>
        <source>“{0}” runs on {1}. Run › Queue shows it.</source>
        <translation>„{0}“ läuft auf {1}. Lauf › Warteschlange zeigt den Lauf.</translation>
    </message>
    <message>
        <source>this computer</source>
        <translation>diesem Rechner</translation>
    </message>
    <message>
        <source>“{0}” finished on {1} after {2}.</source>
        <translation>„{0}“ wurde auf {1} nach {2} fertig.</translation>
    </message>
    <message>
        <source>“{0}” was canceled on {1} after {2}.</source>
        <translation>„{0}“ wurde auf {1} nach {2} abgebrochen.</translation>
    </message>
    <message>
        <source>“{0}” failed on {1} after {2}.</source>
        <translation>„{0}“ schlug auf {1} nach {2} fehl.</translation>
    </message>
</context>
<context>
    <name>RunReports</name>
    <message>
        <source>The report is written when the run ends.</source>
        <translation>Der Bericht wird am Ende des Laufs geschrieben.</translation>
    </message>
    <message>
        <source>Save report</source>
        <translation>Bericht speichern</translation>
    </message>
    <message>
        <source>Report saved to {0}</source>
        <translation>Bericht gespeichert in {0}</translation>
    </message>
</context>
<context>
    <name>RunsBeside</name>
    <message>
        <source>“{0}” goes on. Run › Queue shows it.</source>
        <translation>„{0}“ läuft weiter. Lauf › Warteschlange zeigt den Lauf.</translation>
    </message>
</context>
<context>
    <name>RunsDialog</name>
    <message>
        <source>Resume a run</source>
        <translation>Lauf fortsetzen</translation>
    </message>
    <message>
        <source>Past runs</source>
        <translation>Frühere Läufe</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>Läufe</translation>
    </message>
    <message>
        <source>Search by name, state, date or notes</source>
        <translation>Nach Name, Zustand, Datum oder Notizen suchen</translation>
    </message>
    <message>
        <source>Search past runs</source>
        <translation>Frühere Läufe durchsuchen</translation>
    </message>
    <message>
        <source>Notes on this run</source>
        <translation>Notizen zu diesem Lauf</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>Löschen…</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Show results</source>
        <translation>Ergebnisse zeigen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Finished blocks are saved. A resumed run gives the same result as one that was never stopped.</source>
        <translation>Fertige Blöcke sind gespeichert. Ein fortgesetzter Lauf liefert dasselbe Ergebnis wie ein nie gestoppter.</translation>
    </message>
    <message>
        <source>All runs are finished. There is nothing to resume.</source>
        <translation>Alle Läufe sind beendet. Es gibt nichts fortzusetzen.</translation>
    </message>
    <message>
        <source>Nothing has run yet.</source>
        <translation>Noch nichts ausgeführt.</translation>
    </message>
    <message>
        <source>No matching runs.</source>
        <translation>Keine passenden Läufe.</translation>
    </message>
    <message>
        <source>{0} on disk, including models that only this run uses  ·  {1}</source>
        <translation>{0} auf dem Datenträger, samt Modellen, die nur dieser Lauf nutzt  ·  {1}</translation>
    </message>
</context>
<context>
    <name>ScatterChart</name>
    <message>
        <source>Quality by size</source>
        <translation>Qualität nach Größe</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>Nichts zu zeichnen</translation>
    </message>
    <message>
        <source>No result has both a quality metric and a size.</source>
        <translation>Kein Ergebnis hat eine Qualitätsmetrik und eine Größe.</translation>
    </message>
    <message>
        <source>Size on disk</source>
        <translation>Größe auf dem Datenträger</translation>
    </message>
    <message>
        <source>Collapsed, not plotted: {0}</source>
        <translation>Kollabiert, nicht gezeichnet: {0}</translation>
    </message>
    <message>
        <source>size</source>
        <translation>Größe</translation>
    </message>
</context>
<context>
    <name>Session</name>
    <message>
        <source>From the run at {when}.</source>
        <translation>Vom Lauf um {when}.</translation>
    </message>
    <message>
        <source>From an earlier run.</source>
        <translation>Von einem früheren Lauf.</translation>
    </message>
    <message>
        <source>Changed since then: {blocks}.</source>
        <translation>Seitdem geändert: {blocks}.</translation>
    </message>
    <message>
        <source>The evaluation settings changed since then: metrics are for the former text.</source>
        <translation>Die Evaluationseinstellungen wurden seitdem geändert: Die Metriken gelten für den früheren Text.</translation>
    </message>
    <message>
        <source>Select one block with a result. Run the pipeline if there is none.</source>
        <translation>Einen Block mit Ergebnis auswählen. Gibt es keinen, die Pipeline ausführen.</translation>
    </message>
</context>
<context>
    <name>SettingsForm</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Pipeline</source>
        <translation>Pipeline</translation>
    </message>
    <message>
        <source>Evaluation</source>
        <translation>Evaluation</translation>
    </message>
    <message numerus="yes">
        <source>%n blocks</source>
        <translation>
            <numerusform>%n Block</numerusform>
            <numerusform>%n Blöcke</numerusform>
        </translation>
    </message>
    <message>
        <source>These blocks have no settings in common.</source>
        <translation>Diese Blöcke haben keine gemeinsamen Einstellungen.</translation>
    </message>
    <message>
        <source>The method “{0}” is not installed. Its settings are preserved.</source>
        <translation>Die Methode „{0}“ ist nicht installiert. Ihre Einstellungen bleiben erhalten.</translation>
    </message>
    <message>
        <source>From package {0}</source>
        <translation>Aus Paket {0}</translation>
    </message>
    <message>
        <source>Name of this block: {0}</source>
        <translation>Name dieses Blocks: {0}</translation>
    </message>
    <message>
        <source>Name of this block</source>
        <translation>Name dieses Blocks</translation>
    </message>
    <message>
        <source>Find a setting</source>
        <translation>Einstellung finden</translation>
    </message>
    <message>
        <source>No matching settings.</source>
        <translation>Keine passenden Einstellungen.</translation>
    </message>
    <message>
        <source>Different: {0}</source>
        <translation>Verschieden: {0}</translation>
    </message>
    <message>
        <source>Change {0} of {1}</source>
        <translation>{0} von {1} ändern</translation>
    </message>
    <message numerus="yes">
        <source>Change {0} of %n blocks</source>
        <translation>
            <numerusform>{0} von %n Block ändern</numerusform>
            <numerusform>{0} von %n Blöcken ändern</numerusform>
        </translation>
    </message>
    <message>
        <source>Rename block</source>
        <translation>Block umbenennen</translation>
    </message>
    <message>
        <source>{preset} settings of {block}</source>
        <translation>Einstellungen „{preset}“ von {block}</translation>
    </message>
    <message>
        <source>Change evaluation</source>
        <translation>Evaluation ändern</translation>
    </message>
    <message>
        <source>Change the pipeline&apos;s {0}</source>
        <translation>{0} der Pipeline ändern</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>automatisch</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>Default: {0}</source>
        <translation>Standard: {0}</translation>
    </message>
    <message>
        <source>Default settings</source>
        <translation>Standardeinstellungen</translation>
    </message>
</context>
<context>
    <name>ShortcutSheet</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Bearbeiten</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>Canvas</source>
        <translation>Zeichenfläche</translation>
    </message>
    <message>
        <source>Find a method to add</source>
        <translation>Eine Methode zum Hinzufügen finden</translation>
    </message>
    <message>
        <source>Tab or /</source>
        <translation>Tab oder /</translation>
    </message>
    <message>
        <source>Compare as A, as B</source>
        <translation>Als A, als B vergleichen</translation>
    </message>
    <message>
        <source>1, 2</source>
        <translation>1, 2</translation>
    </message>
    <message>
        <source>Swap A and B</source>
        <translation>A und B tauschen</translation>
    </message>
    <message>
        <source>Tab</source>
        <translation>Tab</translation>
    </message>
    <message>
        <source>Bypass</source>
        <translation>Überbrücken</translation>
    </message>
    <message>
        <source>B</source>
        <translation>B</translation>
    </message>
    <message>
        <source>Block settings</source>
        <translation>Einstellungen des Blocks</translation>
    </message>
    <message>
        <source>Enter, double click</source>
        <translation>Eingabe, Doppelklick</translation>
    </message>
    <message>
        <source>Select the next block</source>
        <translation>Nächsten Block auswählen</translation>
    </message>
    <message>
        <source>Arrows</source>
        <translation>Pfeiltasten</translation>
    </message>
    <message>
        <source>Move the block</source>
        <translation>Block verschieben</translation>
    </message>
    <message>
        <source>Ctrl+Arrows</source>
        <translation>Strg+Pfeiltasten</translation>
    </message>
    <message>
        <source>Zoom to fit</source>
        <translation>Alles zeigen</translation>
    </message>
    <message>
        <source>F or Home</source>
        <translation>F oder Pos1</translation>
    </message>
    <message>
        <source>Help for a setting</source>
        <translation>Hilfe zu einer Einstellung</translation>
    </message>
    <message>
        <source>F1 in its field</source>
        <translation>F1 in ihrem Feld</translation>
    </message>
    <message>
        <source>Reset a setting</source>
        <translation>Einstellung zurücksetzen</translation>
    </message>
    <message>
        <source>Ctrl+Shift+Backspace</source>
        <translation>Strg+Umschalt+Rücktaste</translation>
    </message>
    <message>
        <source>Back to the canvas</source>
        <translation>Zurück zur Zeichenfläche</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>Zoom</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>Mausrad</translation>
    </message>
    <message>
        <source>Pan</source>
        <translation>Verschieben</translation>
    </message>
    <message>
        <source>Middle button, Space</source>
        <translation>Mittlere Taste, Leertaste</translation>
    </message>
    <message>
        <source>Insert into a chain</source>
        <translation>In eine Kette einfügen</translation>
    </message>
    <message>
        <source>Drop on a link</source>
        <translation>Auf einer Verbindung ablegen</translation>
    </message>
    <message>
        <source>Quick menu</source>
        <translation>Schnellmenü</translation>
    </message>
    <message>
        <source>Drop a link on empty canvas</source>
        <translation>Eine Verbindung auf leerer Fläche loslassen</translation>
    </message>
</context>
<context>
    <name>SidesChart</name>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>By layer</source>
        <translation>Nach Schicht</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>Nichts zu zeichnen</translation>
    </message>
    <message>
        <source>No layer has a value for this metric.</source>
        <translation>Keine Schicht hat einen Wert für diese Metrik.</translation>
    </message>
</context>
<context>
    <name>SidesModel</name>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>Differenz</translation>
    </message>
</context>
<context>
    <name>SizeBar</name>
    <message>
        <source>File size</source>
        <translation>Dateigröße</translation>
    </message>
    <message>
        <source>Bytes that the file may take, from the smallest to the largest</source>
        <translation>Bytes, die die Datei haben darf, von der kleinsten bis zur größten</translation>
    </message>
    <message>
        <source>File size in bytes or percent</source>
        <translation>Dateigröße in Bytes oder Prozent</translation>
    </message>
    <message>
        <source>Type a size such as 60MB, 1.5GB, or a share of the 16-bit size: 40%</source>
        <translation>Eine Größe wie 60MB oder 1.5GB eintippen oder einen Anteil der 16-Bit-Größe: 40%</translation>
    </message>
    <message>
        <source>The smallest file takes {0}</source>
        <translation>Die kleinste Datei braucht {0}</translation>
    </message>
</context>
<context>
    <name>Start</name>
    <message>
        <source>The last session crashed. The crash report is in {0}.</source>
        <translation>Die letzte Sitzung ist abgestürzt. Der Absturzbericht liegt in {0}.</translation>
    </message>
</context>
<context>
    <name>State</name>
    <message>
        <source>Ready</source>
        <translation>Bereit</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>Wartet</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Canceling…</source>
        <translation>Wird abgebrochen…</translation>
    </message>
    <message>
        <source>Cached</source>
        <translation>Aus Cache</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>Canceled</source>
        <translation>Abgebrochen</translation>
    </message>
    <message>
        <source>Not run</source>
        <translation>Nicht ausgeführt</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>Unterbrochen</translation>
    </message>
    <message>
        <source>Outdated</source>
        <translation>Veraltet</translation>
    </message>
    <message>
        <source>Needs settings</source>
        <translation>Unvollständig</translation>
    </message>
    <message>
        <source>Bypassed</source>
        <translation>Überbrückt</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Wird geprüft…</translation>
    </message>
    <message>
        <source>Degraded</source>
        <translation>Verschlechtert</translation>
    </message>
    <message>
        <source>Broken</source>
        <translation>Unbrauchbar</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source> on {0}</source>
        <translation> auf {0}</translation>
    </message>
    <message>
        <source>this computer</source>
        <translation>diesem Rechner</translation>
    </message>
    <message>
        <source>reconnecting</source>
        <translation>verbindet sich neu</translation>
    </message>
    <message>
        <source>{0} on {1}</source>
        <translation>{0} auf {1}</translation>
    </message>
    <message>
        <source>“{0}” on {1}: {2}</source>
        <translation>„{0}“ auf {1}: {2}</translation>
    </message>
    <message>
        <source>{0} more</source>
        <translation>{0} weitere</translation>
    </message>
    <message>
        <source>The compute device is not known yet.</source>
        <translation>Das Rechengerät ist noch nicht bekannt.</translation>
    </message>
    <message>
        <source>{name}: {used} of {total}</source>
        <translation>{name}: {used} von {total}</translation>
    </message>
    <message>
        <source>Compute device: {name} ({device})</source>
        <translation>Rechengerät: {name} ({device})</translation>
    </message>
    <message numerus="yes">
        <source>CPU, %n cores</source>
        <translation>
            <numerusform>CPU, %n Kern</numerusform>
            <numerusform>CPU, %n Kerne</numerusform>
        </translation>
    </message>
    <message>
        <source>{used} · {free} free · load {load:.0f} %</source>
        <translation>{used} · {free} frei · Last {load:.0f} %</translation>
    </message>
    <message>
        <source>Memory of the window, free memory and processor load of this machine. For the memory of the engine process, see Charts › Memory.</source>
        <translation>Speicher des Fensters, freier Speicher und Prozessorlast dieses Rechners. Zum Speicher des Engine-Prozesses siehe Diagramme › Speicher.</translation>
    </message>
</context>
<context>
    <name>StringsEditor</name>
    <message>
        <source>One per line</source>
        <translation>Je Zeile einer</translation>
    </message>
</context>
<context>
    <name>StructureView</name>
    <message>
        <source>Filter tensors</source>
        <translation>Tensoren filtern</translation>
    </message>
    <message>
        <source>Tensors of the model</source>
        <translation>Tensoren des Modells</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
</context>
<context>
    <name>Studio</name>
    <message>
        <source>What is new</source>
        <translation>Neuigkeiten</translation>
    </message>
    <message>
        <source>Compression Studio was updated from {former} to {version}.</source>
        <translation>Compression Studio wurde von {former} auf {version} aktualisiert.</translation>
    </message>
    <message>
        <source>Blocks</source>
        <translation>Blöcke</translation>
    </message>
    <message>
        <source>Outline</source>
        <translation>Gliederung</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>Charts</source>
        <translation>Diagramme</translation>
    </message>
    <message>
        <source>Inspector</source>
        <translation>Inspektor</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Fit</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>Ergebnisse</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Try it</source>
        <translation>Ausprobieren</translation>
    </message>
    <message>
        <source>{0} stays among the values because it has a result.</source>
        <translation>{0} bleibt unter den Werten, weil es ein Ergebnis hat.</translation>
    </message>
    <message>
        <source>“{0}” was added under Saved blocks.</source>
        <translation>„{0}“ steht jetzt unter „Gespeicherte Blöcke“.</translation>
    </message>
    <message>
        <source>This block has no result yet. Run the pipeline first.</source>
        <translation>Dieser Block hat noch kein Ergebnis. Zuerst die Pipeline ausführen.</translation>
    </message>
</context>
<context>
    <name>SurveyDialog</name>
    <message>
        <source>Survey</source>
        <translation>Methodenvergleich</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation>Methoden</translation>
    </message>
    <message>
        <source>Estimating time and disk space…</source>
        <translation>Zeit und Plattenplatz werden geschätzt…</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>Run survey</source>
        <translation>Vergleich starten</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Each method runs on “{0}” in a branch of its own, with the same texts and evaluation. The results are compared in Results. Methods that can&apos;t run on this model are skipped, with the reason.</source>
        <translation>Jede Methode läuft auf „{0}“ in einem eigenen Zweig, mit denselben Texten und derselben Evaluation. Das Panel „Ergebnisse“ stellt sie gegenüber. Methoden, die auf diesem Modell nicht laufen, werden mit Begründung ausgelassen.</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>can&apos;t run on this model</source>
        <translation>läuft auf diesem Modell nicht</translation>
    </message>
    <message>
        <source>Time and disk space are estimated when the survey starts.</source>
        <translation>Zeit und Plattenplatz werden beim Start geschätzt.</translation>
    </message>
    <message>
        <source>About {time} without evaluation, {disk} of {free} free disk space.</source>
        <translation>Etwa {time} ohne Evaluation, {disk} von {free} freiem Plattenplatz.</translation>
    </message>
    <message>
        <source>Some have no time estimate.</source>
        <translation>Für einige gibt es keine Zeitschätzung.</translation>
    </message>
</context>
<context>
    <name>Surveys</name>
    <message>
        <source>Survey of {0}</source>
        <translation>Methodenvergleich auf {0}</translation>
    </message>
    <message>
        <source>Skipped: {0}. {1}</source>
        <translation>Ausgelassen: {0}. {1}</translation>
    </message>
</context>
<context>
    <name>SweepLine</name>
    <message>
        <source>Values to try for {0}</source>
        <translation>Werte zum Probieren für {0}</translation>
    </message>
    <message>
        <source>Add branches</source>
        <translation>Zweige hinzufügen</translation>
    </message>
    <message numerus="yes">
        <source>%n branches, one row each in Results</source>
        <translation>
            <numerusform>%n Zweig, eine Zeile in „Ergebnisse“</numerusform>
            <numerusform>%n Zweige, je eine Zeile in „Ergebnisse“</numerusform>
        </translation>
    </message>
    <message>
        <source>on, off</source>
        <translation>an, aus</translation>
    </message>
    <message>
        <source>Values separated by commas, or a range: {0}</source>
        <translation>Werte mit Kommas getrennt oder ein Bereich: {0}</translation>
    </message>
</context>
<context>
    <name>TextDialog</name>
    <message>
        <source>Texts</source>
        <translation>Texte</translation>
    </message>
    <message>
        <source>Search hub</source>
        <translation>Hub durchsuchen</translation>
    </message>
    <message>
        <source>Search datasets on the hub</source>
        <translation>Datensätze auf dem Hub suchen</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>Datei…</translation>
    </message>
    <message>
        <source>Beginning of the text</source>
        <translation>Anfang des Textes</translation>
    </message>
    <message>
        <source>Download and preview</source>
        <translation>Herunterladen und ansehen</translation>
    </message>
    <message>
        <source>Use text</source>
        <translation>Text verwenden</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Chosen</source>
        <translation>Ausgewählt</translation>
    </message>
    <message>
        <source>Bundled, for full-size models</source>
        <translation>Mitgeliefert, für Modelle voller Größe</translation>
    </message>
    <message>
        <source>Bundled, for the sample model</source>
        <translation>Mitgeliefert, für das Beispielmodell</translation>
    </message>
    <message>
        <source>No data</source>
        <translation>Ohne Daten</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>Zuletzt verwendet</translation>
    </message>
    <message>
        <source>The model or its teacher generates the texts. No data is needed.</source>
        <translation>Das Modell oder sein Lehrer erzeugt die Texte. Es werden keine Daten benötigt.</translation>
    </message>
    <message>
        <source>Sample texts for the sample model, mixed texts for all others.</source>
        <translation>Beispieltexte für das Beispielmodell, gemischte Texte für alle anderen.</translation>
    </message>
    <message>
        <source>A dataset on the hub.</source>
        <translation>Ein Datensatz auf dem Hub.</translation>
    </message>
    <message numerus="yes">
        <source>{0} downloads</source>
        <translation>
            <numerusform>{0} Download</numerusform>
            <numerusform>{0} Downloads</numerusform>
        </translation>
    </message>
    <message>
        <source>no license stated</source>
        <translation>keine Lizenz angegeben</translation>
    </message>
    <message>
        <source>gated: accept its terms on the hub</source>
        <translation>zugangsbeschränkt: Bedingungen auf dem Hub annehmen</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Wird gelesen…</translation>
    </message>
    <message>
        <source>{0} characters</source>
        <translation>{0} Zeichen</translation>
    </message>
    <message numerus="yes">
        <source>%n records, {0}</source>
        <translation>
            <numerusform>%n Datensatz, {0}</numerusform>
            <numerusform>%n Datensätze, {0}</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} tokens with this model&apos;s tokenizer</source>
        <translation>{0} Token mit dem Tokenizer dieses Modells</translation>
    </message>
    <message>
        <source>chat template applied</source>
        <translation>mit Chat-Vorlage</translation>
    </message>
    <message>
        <source>no chat template in the tokenizer</source>
        <translation>keine Chat-Vorlage im Tokenizer</translation>
    </message>
    <message>
        <source>held-out split</source>
        <translation>zurückgehaltener Teil</translation>
    </message>
    <message>
        <source>training split</source>
        <translation>Trainingsteil</translation>
    </message>
    <message>
        <source>On the hub</source>
        <translation>Auf dem Hub</translation>
    </message>
    <message>
        <source>Texts (*.txt *.md *.raw *.json *.jsonl *.ndjson);;All files (*)</source>
        <translation>Texte (*.txt *.md *.raw *.json *.jsonl *.ndjson);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
</context>
<context>
    <name>TextSizeBox</name>
    <message>
        <source>{0} (system)</source>
        <translation>{0} (System)</translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Training step</source>
        <translation>Trainingsschritt</translation>
    </message>
    <message>
        <source>Layers and weight distributions at an earlier training step</source>
        <translation>Schichten und Gewichtsverteilungen bei einem früheren Trainingsschritt</translation>
    </message>
    <message>
        <source>step {step:,}</source>
        <translation>Schritt {step:,}</translation>
    </message>
    <message>
        <source>{step} (latest)</source>
        <translation>{step} (neuester)</translation>
    </message>
</context>
<context>
    <name>TryItPanel</name>
    <message>
        <source>Add a model</source>
        <translation>Modell hinzufügen</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>Text to continue</source>
        <translation>Text zum Fortsetzen</translation>
    </message>
    <message>
        <source>Ctrl+Enter in the prompt</source>
        <translation>Strg+Eingabe im Prompt</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>Erzeugen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stoppen</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>Chat</translation>
    </message>
    <message>
        <source>Chat in several turns with the model&apos;s chat template. Models without one get plain text.</source>
        <translation>Chat in mehreren Runden mit der Chat-Vorlage des Modells. Modelle ohne Vorlage bekommen reinen Text.</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>Neuer Chat</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Temperatur</translation>
    </message>
    <message>
        <source>0 (greedy)</source>
        <translation>0 (greedy)</translation>
    </message>
    <message>
        <source>0 always takes the most likely token; higher values vary more.</source>
        <translation>0 nimmt immer das wahrscheinlichste Token; höhere Werte streuen mehr.</translation>
    </message>
    <message>
        <source>Top-p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>Sample from the most likely tokens whose probabilities add up to this value.</source>
        <translation>Zieht aus den wahrscheinlichsten Token, deren Wahrscheinlichkeiten zusammen diesen Wert ergeben.</translation>
    </message>
    <message>
        <source>The same seed gives the same text. Used when the temperature is above 0.</source>
        <translation>Derselbe Seed ergibt denselben Text. Gilt bei einer Temperatur über 0.</translation>
    </message>
    <message>
        <source>none</source>
        <translation>nie</translation>
    </message>
    <message>
        <source>Stop before this text; \n stands for a line break.</source>
        <translation>Vor diesem Text aufhören; \n steht für einen Zeilenumbruch.</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Seed</translation>
    </message>
    <message>
        <source>Stop at</source>
        <translation>Ende bei</translation>
    </message>
    <message>
        <source>Run a pipeline first. You can then generate text with its source and every result.</source>
        <translation>Zuerst eine Pipeline ausführen. Dann lässt sich mit der Quelle und jedem Ergebnis Text erzeugen.</translation>
    </message>
    <message>
        <source>Loading the model…</source>
        <translation>Das Modell wird geladen…</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Senden</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Nachricht</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Wird gestoppt…</translation>
    </message>
    <message>
        <source>Identical text</source>
        <translation>Gleicher Text</translation>
    </message>
    <message numerus="yes">
        <source>First %n words identical</source>
        <translation>
            <numerusform>Erstes Wort gleich</numerusform>
            <numerusform>Erste %n Wörter gleich</numerusform>
        </translation>
    </message>
    <message>
        <source>Different from the start</source>
        <translation>Von Anfang an verschieden</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
</context>
<context>
    <name>UpdatesWindow</name>
    <message>
        <source>Updates and versions</source>
        <translation>Updates und Versionen</translation>
    </message>
    <message>
        <source>The line that updates it</source>
        <translation>Die Zeile für das Update</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Check for updates</source>
        <translation>Nach Updates suchen</translation>
    </message>
    <message>
        <source>Update now</source>
        <translation>Jetzt aktualisieren</translation>
    </message>
    <message>
        <source>The program looks for updates when you ask, and never installs them by itself.</source>
        <translation>Das Programm sucht nur auf Wunsch nach Updates und installiert nie von selbst welche.</translation>
    </message>
    <message>
        <source>What is new</source>
        <translation>Neuigkeiten</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Looking at what is installed…</source>
        <translation>Die Installation wird gelesen…</translation>
    </message>
    <message>
        <source>This line updates it; then start the program again.</source>
        <translation>Diese Zeile aktualisiert das Programm; danach neu starten.</translation>
    </message>
    <message>
        <source>Its folder is {0}.</source>
        <translation>Es liegt im Ordner {0}.</translation>
    </message>
    <message>
        <source>{0} in total, including what is kept for repairs. {1} free on the disk.</source>
        <translation>Insgesamt {0}, samt dem, was für Reparaturen aufgehoben wird. {1} frei auf dem Datenträger.</translation>
    </message>
    <message>
        <source>torch {0}</source>
        <translation>torch {0}</translation>
    </message>
    <message>
        <source>torch is not installed</source>
        <translation>torch ist nicht installiert</translation>
    </message>
    <message>
        <source>Code {0}</source>
        <translation>Code {0}</translation>
    </message>
    <message>
        <source>computes on {name} ({device})</source>
        <translation>rechnet auf {name} ({device})</translation>
    </message>
    <message>
        <source>Looking for updates…</source>
        <translation>Nach Updates wird gesucht…</translation>
    </message>
    <message>
        <source>Updating…</source>
        <translation>Wird aktualisiert…</translation>
    </message>
    <message>
        <source>Rolling back…</source>
        <translation>Frühere Version wird wiederhergestellt…</translation>
    </message>
    <message>
        <source>The current version is installed once more beside itself, tested, and started from then on. Packages that are not kept are fetched again.</source>
        <translation>Die aktuelle Version wird neben sich noch einmal installiert, getestet und von da an gestartet. Nicht aufgehobene Pakete werden erneut geladen.</translation>
    </message>
    <message>
        <source>Repair</source>
        <translation>Reparieren</translation>
    </message>
    <message>
        <source>Repair the program?</source>
        <translation>Das Programm reparieren?</translation>
    </message>
    <message>
        <source>Repairing…</source>
        <translation>Wird repariert…</translation>
    </message>
    <message>
        <source>This frees {0}. You can&apos;t roll back to it afterward.</source>
        <translation>Das gibt {0} frei. Danach führt kein Weg zu dieser Version zurück.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Remove version {0}?</source>
        <translation>Version {0} entfernen?</translation>
    </message>
    <message>
        <source>Removing…</source>
        <translation>Wird entfernt…</translation>
    </message>
    <message>
        <source>Canceling…</source>
        <translation>Wird abgebrochen…</translation>
    </message>
    <message>
        <source>The installer can&apos;t be started: {0}.</source>
        <translation>Das Installationsprogramm startet nicht: {0}.</translation>
    </message>
    <message>
        <source>Version {0} is available.</source>
        <translation>Version {0} ist verfügbar.</translation>
    </message>
    <message>
        <source>It fetches {0} and newer packages, whose size is not known.</source>
        <translation>Geladen werden {0} und neuere Pakete, deren Größe nicht bekannt ist.</translation>
    </message>
    <message>
        <source>It fetches {0} at most; packages that are here already are not fetched again.</source>
        <translation>Geladen werden höchstens {0}; vorhandene Pakete werden nicht noch einmal geladen.</translation>
    </message>
    <message>
        <source>Version {0} is the newest.</source>
        <translation>Version {0} ist die neueste.</translation>
    </message>
    <message>
        <source>Version {0} starts from now on.</source>
        <translation>Ab jetzt startet Version {0}.</translation>
    </message>
    <message>
        <source>Restart now</source>
        <translation>Jetzt neu starten</translation>
    </message>
    <message>
        <source>Version {0} is the current one. This window runs the former one until you restart the program.</source>
        <translation>Version {0} ist die aktuelle. Dieses Fenster zeigt bis zum Neustart die frühere.</translation>
    </message>
</context>
<context>
    <name>ValuesDialog</name>
    <message>
        <source>Same as the block</source>
        <translation>Wie der Block</translation>
    </message>
    <message>
        <source>Set</source>
        <translation>Setzen</translation>
    </message>
    <message>
        <source>Value for the checked layers</source>
        <translation>Wert für die angekreuzten Schichten</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>mixed</source>
        <translation>gemischt</translation>
    </message>
</context>
<context>
    <name>VerdictCard</name>
    <message>
        <source>Exact: equal to the bit</source>
        <translation>Exakt: auf das Bit gleich</translation>
    </message>
    <message>
        <source>Near: another environment explains the differences</source>
        <translation>Nahe: eine andere Umgebung erklärt die Unterschiede</translation>
    </message>
    <message>
        <source>It differs from what its record says</source>
        <translation>Weicht von der Aufzeichnung ab</translation>
    </message>
    <message>
        <source>Exact, as far as it was made again</source>
        <translation>Exakt, soweit nachgebaut</translation>
    </message>
    <message>
        <source>Not as it was: {0}.</source>
        <translation>Anders als aufgezeichnet: {0}.</translation>
    </message>
</context>
<context>
    <name>VersionCard</name>
    <message>
        <source>Version {0}</source>
        <translation>Version {0}</translation>
    </message>
    <message>
        <source>Install this version once more, test it, and switch to that.</source>
        <translation>Diese Version noch einmal installieren, testen und darauf umschalten.</translation>
    </message>
    <message>
        <source>Repair…</source>
        <translation>Reparieren…</translation>
    </message>
    <message>
        <source>Start this version from now on. Rolling back once more undoes it.</source>
        <translation>Ab jetzt diese Version starten. Nochmaliges Zurückkehren macht es rückgängig.</translation>
    </message>
    <message>
        <source>Roll back</source>
        <translation>Zurückkehren</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>Entfernen…</translation>
    </message>
    <message>
        <source>current</source>
        <translation>aktuell</translation>
    </message>
    <message>
        <source>previous</source>
        <translation>vorige</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>Not whole: the next installation removes it. {0}</source>
        <translation>Unvollständig: Die nächste Installation entfernt sie. {0}</translation>
    </message>
    <message>
        <source>torch for {0}</source>
        <translation>torch für {0}</translation>
    </message>
    <message>
        <source>code {0}</source>
        <translation>Code {0}</translation>
    </message>
    <message>
        <source>without the window</source>
        <translation>ohne Fenster</translation>
    </message>
</context>
<context>
    <name>VersionTile</name>
    <message>
        <source>Run of {0}</source>
        <translation>Lauf um {0}</translation>
    </message>
    <message>
        <source>Same settings as now.</source>
        <translation>Gleiche Einstellungen wie jetzt.</translation>
    </message>
    <message>
        <source>Current pipeline</source>
        <translation>Aktuelle Pipeline</translation>
    </message>
</context>
<context>
    <name>Versions</name>
    <message>
        <source>Runs of this pipeline. Click one to restore its settings; Undo reverts.</source>
        <translation>Läufe dieser Pipeline. Ein Klick stellt die Einstellungen wieder her; „Rückgängig“ nimmt das zurück.</translation>
    </message>
    <message numerus="yes">
        <source>%n runs</source>
        <translation>
            <numerusform>%n Lauf</numerusform>
            <numerusform>%n Läufe</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WaitingTile</name>
    <message>
        <source>Progress of the block</source>
        <translation>Fortschritt des Blocks</translation>
    </message>
    <message>
        <source>Histograms and errors appear with the first finished layer, curves with the first training steps.</source>
        <translation>Histogramme und Fehler erscheinen mit der ersten fertigen Schicht, Kurven mit den ersten Trainingsschritten.</translation>
    </message>
    <message>
        <source>No charts yet</source>
        <translation>Noch keine Diagramme</translation>
    </message>
    <message>
        <source>Run the pipeline to see curves, layers, weight distributions and memory.</source>
        <translation>Die Pipeline ausführen, um Kurven, Schichten, Gewichtsverteilungen und Speicher zu sehen.</translation>
    </message>
</context>
<context>
    <name>Watch</name>
    <message>
        <source>{0} more</source>
        <translation>{0} weitere</translation>
    </message>
</context>
<context>
    <name>WatchPage</name>
    <message>
        <source>Double-click to go back to the canvas</source>
        <translation>Doppelklick führt zur Zeichenfläche zurück</translation>
    </message>
    <message>
        <source>Results of the pipeline&apos;s blocks</source>
        <translation>Ergebnisse der Blöcke der Pipeline</translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>Back to the current run</source>
        <translation>Zurück zum aktuellen Lauf</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
    <message>
        <source>Saved pipelines appear here.</source>
        <translation>Gespeicherte Pipelines erscheinen hier.</translation>
    </message>
    <message>
        <source>Resume where it stopped</source>
        <translation>An der Unterbrechung fortsetzen</translation>
    </message>
    <message>
        <source>Show results</source>
        <translation>Ergebnisse zeigen</translation>
    </message>
    <message>
        <source>Compression Studio</source>
        <translation>Compression Studio</translation>
    </message>
    <message>
        <source>Load a language model, build a pipeline of compression methods, run it, and export the result.</source>
        <translation>Ein Sprachmodell laden, eine Pipeline aus Kompressionsmethoden bauen, ausführen und das Ergebnis exportieren.</translation>
    </message>
    <message>
        <source>A small model and a 4-bit quantization, ready to run. It works offline and takes seconds.</source>
        <translation>Ein kleines Modell und eine 4-Bit-Quantisierung, fertig zum Ausführen. Funktioniert offline und dauert Sekunden.</translation>
    </message>
    <message>
        <source>A folder, a GGUF file or a model on the hub. Weights are loaded only when needed.</source>
        <translation>Ein Ordner, eine GGUF-Datei oder ein Modell auf dem Hub. Gewichte werden erst bei Bedarf geladen.</translation>
    </message>
    <message>
        <source>An empty canvas and all methods.</source>
        <translation>Eine leere Zeichenfläche und alle Methoden.</translation>
    </message>
    <message>
        <source>Try the sample</source>
        <translation>Beispiel ausprobieren</translation>
    </message>
    <message>
        <source>Open a model</source>
        <translation>Modell öffnen</translation>
    </message>
    <message>
        <source>New pipeline</source>
        <translation>Neue Pipeline</translation>
    </message>
    <message>
        <source>Recent runs</source>
        <translation>Letzte Läufe</translation>
    </message>
    <message>
        <source>Recent pipelines</source>
        <translation>Letzte Pipelines</translation>
    </message>
    <message>
        <source>Templates</source>
        <translation>Vorlagen</translation>
    </message>
    <message>
        <source>Find a template</source>
        <translation>Vorlage finden</translation>
    </message>
    <message>
        <source>No matching templates.</source>
        <translation>Keine passenden Vorlagen.</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>Combinations</source>
        <translation>Kombinationen</translation>
    </message>
    <message>
        <source>Or drop a pipeline, a model folder or a GGUF file anywhere on this window.</source>
        <translation>Oder eine Pipeline, einen Modellordner oder eine GGUF-Datei irgendwo auf dieses Fenster ziehen.</translation>
    </message>
    <message>
        <source>not found</source>
        <translation>nicht gefunden</translation>
    </message>
    <message>
        <source>saved {0} ago</source>
        <translation>vor {0} gespeichert</translation>
    </message>
    <message>
        <source>saved just now</source>
        <translation>gerade gespeichert</translation>
    </message>
</context>
<context>
    <name>Workspace</name>
    <message>
        <source>Float “{panel}”</source>
        <translation>„{panel}“ ablösen</translation>
    </message>
    <message>
        <source>Hide panel</source>
        <translation>Panel ausblenden</translation>
    </message>
</context>
<context>
    <name>_Column</name>
    <message>
        <source>Remove this model</source>
        <translation>Dieses Modell entfernen</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Generated text</source>
        <translation>Erzeugter Text</translation>
    </message>
    <message>
        <source>Generated text appears here.</source>
        <translation>Erzeugter Text erscheint hier.</translation>
    </message>
    <message>
        <source>{speed} tokens/s</source>
        <translation>{speed} Token/s</translation>
    </message>
</context>
<context>
    <name>_Counts</name>
    <message numerus="yes">
        <source>%n blocks</source>
        <translation>
            <numerusform>%n Block</numerusform>
            <numerusform>%n Blöcke</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0}: %n values</source>
        <translation>
            <numerusform>{0}: %n Wert</numerusform>
            <numerusform>{0}: %n Werte</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>_MethodTree</name>
    <message>
        <source>Methods</source>
        <translation>Methoden</translation>
    </message>
    <message>
        <source>Saved blocks</source>
        <translation>Gespeicherte Blöcke</translation>
    </message>
    <message>
        <source>{0}: saved blocks. Press Del to remove them.</source>
        <translation>{0}: gespeicherte Blöcke. Entf entfernt sie.</translation>
    </message>
    <message>
        <source>{0} ({1})</source>
        <translation>{0} ({1})</translation>
    </message>
    <message>
        <source>From package {0}</source>
        <translation>Aus Paket {0}</translation>
    </message>
</context>
<context>
    <name>_TitleBar</name>
    <message>
        <source>Float panel</source>
        <translation>Panel ablösen</translation>
    </message>
    <message>
        <source>Hide panel</source>
        <translation>Panel ausblenden</translation>
    </message>
</context>
<context>
    <name>consent</name>
    <message>
        <source>This model includes its own Python code, which would run with all your permissions, including access to your files and network. The model can&apos;t be used without it.

{files}

Read the code first: {folder}</source>
        <translation>Dieses Modell enthält eigenen Python-Code, der mit allen Ihren Rechten liefe, auch mit Zugriff auf Ihre Dateien und das Netz. Ohne ihn ist das Modell nicht verwendbar.

{files}

Zuerst den Code lesen: {folder}</translation>
    </message>
    <message>
        <source>Run this model&apos;s code?</source>
        <translation>Den Code dieses Modells ausführen?</translation>
    </message>
    <message>
        <source>Trust and run</source>
        <translation>Vertrauen und ausführen</translation>
    </message>
    <message>
        <source>Don&apos;t run</source>
        <translation>Nicht ausführen</translation>
    </message>
</context>
<context>
    <name>locking</name>
    <message>
        <source>Lock {0} at</source>
        <translation>{0} festlegen auf</translation>
    </message>
    <message>
        <source>{0} nats</source>
        <translation>{0} Nats</translation>
    </message>
    <message>
        <source>Unlock {0}</source>
        <translation>{0} freigeben</translation>
    </message>
    <message>
        <source>Unlock all</source>
        <translation>Alle freigeben</translation>
    </message>
    <message>
        <source>Lock {0} of all layers at</source>
        <translation>{0} aller Schichten festlegen auf</translation>
    </message>
    <message>
        <source>Lock layer {0} at</source>
        <translation>Schicht {0} festlegen auf</translation>
    </message>
</context>
<context>
    <name>preferences</name>
    <message>
        <source>Found</source>
        <translation>Gefunden</translation>
    </message>
    <message>
        <source>None. Only public models can be downloaded. Run “hf auth login” to add a token.</source>
        <translation>Keines. Nur öffentliche Modelle lassen sich herunterladen. „hf auth login“ fügt ein Token hinzu.</translation>
    </message>
</context>
<context>
    <name>runs</name>
    <message>
        <source>“{0}” finished after {1}.</source>
        <translation>„{0}“ wurde nach {1} fertig.</translation>
    </message>
    <message>
        <source>“{0}” was canceled after {1}.</source>
        <translation>„{0}“ wurde nach {1} abgebrochen.</translation>
    </message>
    <message>
        <source>“{0}” failed after {1}.</source>
        <translation>„{0}“ schlug nach {1} fehl.</translation>
    </message>
    <message>
        <source>The run “{run}” of {date} goes, with all its results that no other run has: {size}. This can&apos;t be undone.</source>
        <translation>Der Lauf „{run}“ vom {date} wird gelöscht, mit allen Ergebnissen, die kein anderer Lauf hat: {size}. Das lässt sich nicht rückgängig machen.</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Delete this run?</source>
        <translation>Diesen Lauf löschen?</translation>
    </message>
</context>
<context>
    <name>saving</name>
    <message>
        <source>Copy as CSV</source>
        <translation>Als CSV kopieren</translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation>Als Markdown kopieren</translation>
    </message>
    <message>
        <source>Save as CSV…</source>
        <translation>Als CSV speichern…</translation>
    </message>
    <message>
        <source>Save table</source>
        <translation>Tabelle speichern</translation>
    </message>
    <message>
        <source>The table could not be saved</source>
        <translation>Die Tabelle konnte nicht gespeichert werden</translation>
    </message>
</context>
<context>
    <name>texts</name>
    <message>
        <source>Same as the pipeline: {0}</source>
        <translation>Wie die Pipeline: {0}</translation>
    </message>
    <message>
        <source>Bundled text for the model</source>
        <translation>Mitgelieferter Text zum Modell</translation>
    </message>
    <message>
        <source>Mixed texts</source>
        <translation>Gemischte Texte</translation>
    </message>
    <message>
        <source>Sample texts</source>
        <translation>Beispieltexte</translation>
    </message>
    <message>
        <source>Generated by the model</source>
        <translation>Vom Modell erzeugt</translation>
    </message>
    <message>
        <source>{0} (hub)</source>
        <translation>{0} (Hub)</translation>
    </message>
</context>
</TS>
