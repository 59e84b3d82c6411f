namespace MaskGen.ML;

/// <summary>What an ML.NET stage does with a row that it cannot compute, such as one whose image file is damaged.</summary>
public enum FailedRowBehavior
{
    /// <summary>Reading the row throws <see cref="InvalidOperationException"/> with its position and the cause, and the cursor is at its
    /// end. The default.</summary>
    Throw,

    /// <summary>The stage adds a text column <c>{name}.Error</c>, empty where all is well; a failed row has the reason there, and in the
    /// other columns what a row without an image has. A cancellation, a disposed stage, exhausted memory and errors of the program
    /// itself still throw. A stage behind it marks the row as well where it is told to mark, and otherwise takes it for one without an
    /// image, which <c>ExpandMasks</c> drops.</summary>
    Mark,
}
