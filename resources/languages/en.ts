<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>CanvasEditor</name>
    <message numerus="yes">
        <source>Move %n blocks</source>
        <translation>
            <numerusform>Move %n block</numerusform>
            <numerusform>Move %n blocks</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CardView</name>
    <message numerus="yes">
        <source>{format}, %n tensors, made with version {version}</source>
        <translation>
            <numerusform>{format}, %n tensor, made with version {version}</numerusform>
            <numerusform>{format}, %n tensors, made with version {version}</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ClaimsWindow</name>
    <message numerus="yes">
        <source>%n of {0} rows were measured with earlier code or bundled texts.</source>
        <translation>
            <numerusform>%n of {0} rows was measured with earlier code or bundled texts.</numerusform>
            <numerusform>%n of {0} rows were measured with earlier code or bundled texts.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of {0} rows are missing.</source>
        <translation>
            <numerusform>%n of {0} rows is missing.</numerusform>
            <numerusform>%n of {0} rows are missing.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>InspectorPanel</name>
    <message numerus="yes">
        <source>{0} of %n layers</source>
        <translation>
            <numerusform>{0} of %n layer</numerusform>
            <numerusform>{0} of %n layers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers</source>
        <translation>
            <numerusform>%n layer</numerusform>
            <numerusform>%n layers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LayerDialog</name>
    <message numerus="yes">
        <source>{0} of %n linear layers · {1} of {2} parameters</source>
        <translation>
            <numerusform>{0} of %n linear layer · {1} of {2} parameters</numerusform>
            <numerusform>{0} of %n linear layers · {1} of {2} parameters</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MachineCard</name>
    <message numerus="yes">
        <source>%n processes, {0}</source>
        <translation>
            <numerusform>%n process, {0}</numerusform>
            <numerusform>%n processes, {0}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more run.</source>
        <translation>
            <numerusform>%n more runs.</numerusform>
            <numerusform>%n more run.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MachineChoice</name>
    <message numerus="yes">
        <source>%n processes, {0}</source>
        <translation>
            <numerusform>%n process, {0}</numerusform>
            <numerusform>%n processes, {0}</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ParallelChart</name>
    <message numerus="yes">
        <source>%n results: {names}</source>
        <translation>
            <numerusform>%n result: {names}</numerusform>
            <numerusform>%n results: {names}</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ResultsPanel</name>
    <message numerus="yes">
        <source>This pipeline has no results yet. There are %n of other pipelines.</source>
        <translation>
            <numerusform>This pipeline has no results yet. There is %n of another pipeline.</numerusform>
            <numerusform>This pipeline has no results yet. There are %n of other pipelines.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n results</source>
        <translation>
            <numerusform>%n result</numerusform>
            <numerusform>%n results</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SettingsForm</name>
    <message numerus="yes">
        <source>%n blocks</source>
        <translation>
            <numerusform>%n block</numerusform>
            <numerusform>%n blocks</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Change {0} of %n blocks</source>
        <translation>
            <numerusform>Change {0} of %n block</numerusform>
            <numerusform>Change {0} of %n blocks</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message numerus="yes">
        <source>CPU, %n cores</source>
        <translation>
            <numerusform>CPU, %n core</numerusform>
            <numerusform>CPU, %n cores</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SweepLine</name>
    <message numerus="yes">
        <source>%n branches, one row each in Results</source>
        <translation>
            <numerusform>%n branch, one row in Results</numerusform>
            <numerusform>%n branches, one row each in Results</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TextDialog</name>
    <message numerus="yes">
        <source>{0} downloads</source>
        <translation>
            <numerusform>{0} download</numerusform>
            <numerusform>{0} downloads</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n records, {0}</source>
        <translation>
            <numerusform>%n record, {0}</numerusform>
            <numerusform>%n records, {0}</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TryItPanel</name>
    <message numerus="yes">
        <source>First %n words identical</source>
        <translation>
            <numerusform>First word identical</numerusform>
            <numerusform>First %n words identical</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Versions</name>
    <message numerus="yes">
        <source>%n runs</source>
        <translation>
            <numerusform>%n run</numerusform>
            <numerusform>%n runs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>_Counts</name>
    <message numerus="yes">
        <source>%n blocks</source>
        <translation>
            <numerusform>%n block</numerusform>
            <numerusform>%n blocks</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0}: %n values</source>
        <translation>
            <numerusform>{0}: %n value</numerusform>
            <numerusform>{0}: %n values</numerusform>
        </translation>
    </message>
</context>
</TS>
