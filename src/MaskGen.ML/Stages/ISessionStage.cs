namespace MaskGen.ML.Stages;

/// <summary>A transformer that runs a model.</summary>
internal interface ISessionStage
{
    /// <summary>Says where the model runs from now on.</summary>
    /// <param name="session">Device and threads; what it leaves open the context says.</param>
    /// <exception cref="InvalidOperationException">The model is loaded already.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    void UseSession(Sam2SessionOptions session);
}
