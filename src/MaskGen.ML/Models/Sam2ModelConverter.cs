using System.ComponentModel;
using System.Globalization;

namespace MaskGen.ML.Models;

/// <summary>Lets configuration name a model by a text.</summary>
internal sealed class Sam2ModelConverter : TypeConverter
{
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) =>
        sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        value is string nameOrPath ? Sam2Model.FromNameOrPath(nameOrPath) : base.ConvertFrom(context, culture, value);
}
