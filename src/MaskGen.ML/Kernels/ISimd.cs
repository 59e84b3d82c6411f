namespace MaskGen.ML.Kernels;

/// <summary>The vector operations that the kernels are written in, so that each kernel exists once and the JIT compiles it per vector
/// width.</summary>
/// <typeparam name="TVector">A hardware vector of float32.</typeparam>
/// <remarks>Implementations are empty structs: calls through a struct type parameter are resolved and inlined at JIT time.</remarks>
internal unsafe interface ISimd<TVector>
    where TVector : struct
{
    /// <summary>Lanes of a vector.</summary>
    static abstract int Width { get; }

    /// <summary>Whether there are 32 registers, so that a tile of 8 rows by 2 vectors stays in them; otherwise 4 rows by 2.</summary>
    static abstract bool HasManyRegisters { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(TVector value, float* destination);

    static abstract TVector Broadcast(float value);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Subtract(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    static abstract TVector Divide(TVector left, TVector right);

    static abstract TVector Sqrt(TVector value);

    static abstract TVector Max(TVector left, TVector right);

    static abstract TVector Min(TVector left, TVector right);

    /// <summary><c>left * right + addend</c>, fused where the hardware can.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>Adds the low integer bits of <paramref name="shifted"/> to the exponents of <paramref name="value"/>:
    /// multiplies by 2^n where <paramref name="shifted"/> is n + 1.5 * 2^23.</summary>
    static abstract TVector ScaleByPowerOfTwo(TVector value, TVector shifted);

    static abstract float Sum(TVector value);

    static abstract float MaxAcross(TVector value);
}
