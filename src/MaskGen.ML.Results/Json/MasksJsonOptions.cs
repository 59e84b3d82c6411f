namespace MaskGen.ML.Results;

/// <summary>How <see cref="MasksJson"/> writes masks.</summary>
public sealed record MasksJsonOptions
{
    /// <summary>The form of the records.</summary>
    public MaskRecordForm Form { get; init; } = MaskRecordForm.Automatic;

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The form is unknown.</exception>
    public void Validate()
    {
        if (!Enum.IsDefined(Form))
        {
            throw new ArgumentOutOfRangeException(
                nameof(Form), Form, $"Expected one of {string.Join(", ", Enum.GetNames<MaskRecordForm>())}, found {Form}.");
        }
    }
}
